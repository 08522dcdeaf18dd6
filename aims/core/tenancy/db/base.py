"""The PostgreSQL backend that binds the acting identity to each transaction.

Settings are transaction-local (`is_local = true`), so that a pooled connection never carries one
organization into the next request.
"""

from __future__ import annotations

import json
from typing import Any

from django.db.backends.postgresql import base, features

from aims.core.actor import Actor
from aims.core.tenancy.context import actor_or_none
from aims.core.tenancy.db.schema import SchemaEditor
from aims.core.tenancy.past import past_moment

BIND = """SELECT set_config('app.current_org', %s, true), set_config('app.current_user', %s, true),
 set_config('app.current_grant', %s, true), set_config('app.current_entry', %s, true),
 set_config('app.current_preview', %s, true),
 set_config('pghistory.context_metadata', %s, true),
 set_config('role', %s, true)"""
AUDITOR_ROLE, ENTRY_ROLE = "portal_auditor", "portal_entry"


class Features(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: Any) -> bool:
        # A view of the past has no key that its other columns would hang on.
        return past_moment() is None and bool(super().allows_group_by_selected_pks_on_model(model))


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
    features_class = Features

    def set_autocommit(
        self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False
    ) -> None:
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit and actor_or_none() is not None:
            self._bind_or_close()

    def bind_actor(self) -> None:
        """Bind the current transaction to whoever acts now (or to nobody)."""
        if self.in_atomic_block:
            self._bind()

    def _bind_or_close(self) -> None:
        """A transaction that began and could not be bound must not be taken for the next one's."""
        try:
            self._bind()
        except BaseException:
            self.close()
            raise

    def _bind(self) -> None:
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(BIND, _settings())


def _settings() -> list[Any]:
    actor = actor_or_none()
    if actor is None:
        return ["", "", "", "", "", "", "none"]
    metadata = json.dumps({"actor": actor.label, "request": actor.request_id})
    return [
        str(actor.organization_id),
        str(actor.user_id or ""),
        str(actor.grant_id or ""),
        str(actor.entry_id or ""),
        str(actor.previewer_id or ""),
        metadata,
        _role(actor),
    ]


def _role(actor: Actor) -> str:
    """What the transaction becomes: outsiders read as a role of their own, with policies of its own."""
    if actor.is_auditor:
        return AUDITOR_ROLE
    return ENTRY_ROLE if actor.is_operator else "none"
