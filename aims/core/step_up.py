"""Sensitive acts ask once more who it is, unless the last sign-in or second factor is a few minutes old."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import QueryDict

from aims.core.actor import Actor, ActorKind
from aims.core.entrance import SINGLE_SIGN_ON

#: Verbs that let somebody in, give rights, carry records out, or change how people sign in. A key holds its
#: own scope instead.
SENSITIVE = frozenset(
    {
        "audits.download_pack",
        "audits.manage_engagements",
        "core.change_sign_in_rules",
        "core.decide_erasure",
        "core.decide_role",
        "core.delegate_duties",
        "core.export_trail",
        "core.grant_exception",
        "core.manage_grants",
        "core.manage_invitations",
        "core.manage_keys",
        "core.manage_people",
        "core.manage_settings",
        "core.manage_sign_in",
        "core.map_groups",
        "core.remove_sample",
        "core.request_erasure",
    }
)
#: RFC 9457 type of the refusal in the API.
SIGN_IN_AGAIN = "urn:aims:sign-in-again"
TYPED, LONGEST_TYPED = "typed_before_confirmation", 20_000
PROOFS = frozenset({"password", "mfa"})


class StepUpNeeded(Exception):
    """The session is not fresh enough for what it asks."""

    sentence = "Confirm first that it is you: this needs a sign-in or second factor of the last five minutes."


def require(request: Any, actor: Actor, verb: str) -> None:
    if verb in SENSITIVE and actor.kind is not ActorKind.KEY and not is_fresh(request):
        raise StepUpNeeded


def keep_typed(request: Any) -> None:
    """What was typed into a form survives the way through the confirmation; it is never sent by itself."""
    data = request.POST.copy()
    data.pop("csrfmiddlewaretoken", None)
    text = data.urlencode()
    if len(text) <= LONGEST_TYPED:
        request.session[TYPED] = {"path": request.path, "data": text}


def take_typed(request: Any) -> QueryDict | None:
    """What was typed on this page before the confirmation, once."""
    kept = request.session.get(TYPED)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[TYPED]
    return QueryDict(kept["data"])


def is_fresh(request: Any) -> bool:
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["at"] > since and _proves(request, record) for record in records)


def _proves(request: Any, record: Mapping[str, Any]) -> bool:
    """Single sign-on of an organization confirms nothing to another one, nor to the person's own account."""
    if record["method"] != SINGLE_SIGN_ON:
        return record["method"] in PROOFS
    place = getattr(request, "place", None)
    return place is not None and record.get("organization") == place.organization_id
