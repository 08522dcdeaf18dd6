from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, CSRFCheck

from aims.core import keys
from aims.core.actor import Actor, ActorKind


class ActingAuthentication(BaseAuthentication):
    """The middleware found out who acts; here a session is held to the CSRF token as on pages."""

    def authenticate(self, request: Any) -> tuple[Any, Actor] | None:
        actor: Actor | None = getattr(request._request, "actor", None)
        if actor is None:
            return None
        if actor.kind is ActorKind.KEY:
            keys.note_use(actor, now=timezone.now())
        else:
            self._enforce_csrf(request)
        return (request._request.user, actor)

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'

    def _enforce_csrf(self, request: Any) -> None:
        check = CSRFCheck(lambda request: None)
        check.process_request(request)
        reason = check.process_view(request, None, (), {})
        if reason:
            raise exceptions.PermissionDenied("The form token is missing or old. Send X-CSRFToken.")
