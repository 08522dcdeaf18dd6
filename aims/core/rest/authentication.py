from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, CSRFCheck

from aims.core import keys
from aims.core.actor import Actor, ActorKind
from aims.core.networks import client_address


def _no_response(request: Any) -> Any:
    """The check wants the next step of the chain; it is never asked for one."""


class ActingAuthentication(BaseAuthentication):
    """The middleware found out who acts; here a session is held to the CSRF token as on pages."""

    def authenticate(self, request: Any) -> tuple[Any, Actor] | None:
        actor: Actor | None = getattr(request._request, "actor", None)
        if actor is None:
            return None
        if actor.kind is ActorKind.KEY:
            keys.note_use(actor, address=client_address(request._request), now=timezone.now())
        else:
            self._enforce_csrf(request)
        return (request._request.user, actor)

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'

    def _enforce_csrf(self, request: Any) -> None:
        check = CSRFCheck(_no_response)
        check.process_request(request)
        reason = check.process_view(request, _no_response, (), {})
        if reason:
            raise exceptions.PermissionDenied("The form token is missing or old. Send X-CSRFToken.")
