"""What core itself fills in: permission table, machines, navigation, work, reminders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from aims.core import permissions, transitions
from aims.core.access_table import TABLE
from aims.core.registry import NavigationEntry, SeparatedAct, registry
from aims.core.rules import EVIDENCE


def register() -> None:
    """Called once when Django is ready."""
    # Imported now: they need the models.
    from aims.core import (
        digests,
        evidence,
        evidence_notices,
        guards,  # noqa: F401  (registers those of SM-10)
        keys,
        orphans,
        signins,
    )
    from aims.core.queries import work
    from aims.core.rest import schema  # noqa: F401  (tells drf-spectacular how one signs in)
    from aims.core.services import connections, handing_over, saml_answers, separation, trail

    permissions.declare("core", TABLE)
    signins.connect()
    transitions.provide(EVIDENCE)
    registry.navigation += _navigation()
    registry.quick_actions += [
        ("Add evidence", "evidence_new", "core.submit_evidence"),
        ("Ask for evidence", "evidence_request", "core.request_evidence"),
    ]
    registry.work_sources += [work.evidence_work, work.hand_over_work]
    registry.search_sources.append(work.evidence_hits)
    registry.reminder_sources += [evidence_notices.expiries_due, separation.exceptions_due, keys.expiries_due]
    registry.separated_acts.append(SeparatedAct("SOD-05", "core.evidence", "review evidence of their own"))
    registry.daily_rounds += [evidence.daily_round, keys.forget_answers, saml_answers.forget_answers]
    registry.daily_rounds += [digests.daily_round, orphans.sweep]
    registry.ownerships += [handing_over.REQUESTS, handing_over.KEYS, connections.WAY_IN]
    registry.job("verify_trail")(trail.verify_in_background)


def _navigation() -> Iterator[NavigationEntry]:
    from aims.core.models import Evidence

    def waiting_for_review(actor: object) -> QuerySet[Any]:
        return Evidence.objects.waiting()

    yield NavigationEntry("", "Home", "home", "house", "core.view_home", 0)
    yield NavigationEntry("", "My work", "my_work", "clipboard-check", "core.view_own_work", 1)
    yield NavigationEntry("", "Shared with me", "shared", "user-plus", "core.view_shared_evidence", 3)
    yield NavigationEntry(
        "Control", "Evidence", "evidence_list", "folder-open", "core.view_evidence", 22, waiting_for_review
    )
    yield NavigationEntry("Organization", "People and access", "people", "users", "core.view_people", 40)
    yield NavigationEntry("Organization", "Exceptions", "exceptions", "shield-x", "core.view_separation", 40)
    yield NavigationEntry("Organization", "Delegations", "delegations", "share-2", "core.view_separation", 40)
    yield NavigationEntry(
        "Organization", "Operators", "operator_entries", "eye", "core.view_operator_entries", 42
    )
    yield NavigationEntry("Organization", "API keys", "api_keys", "key-round", "core.view_keys", 41)
    yield NavigationEntry("Organization", "Activity log", "trail", "history", "core.view_trail", 42)
    yield NavigationEntry("Organization", "Jobs", "jobs", "clock", "core.view_jobs", 43)
    yield NavigationEntry("Organization", "Sign-in", "sign_in", "log-in", "core.view_sign_in", 44)
    yield NavigationEntry("Organization", "Settings", "settings", "settings", "core.view_settings", 44)
