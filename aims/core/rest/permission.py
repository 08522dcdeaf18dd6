from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework import permissions as drf

from aims.core import permissions, step_up


class VerbPermission(drf.BasePermission):
    """Each view names the verb of each action in `verbs`; an action without one is refused."""

    def has_permission(self, request: Any, view: Any) -> bool:
        actor = request.auth
        if actor is None:
            raise exceptions.NotAuthenticated()
        action = getattr(view, "action", None) or request.method.lower()
        if action in {"options", "metadata"}:
            return True
        verb = view.verbs.get(action)
        if verb is None:
            raise exceptions.MethodNotAllowed(request.method)
        permissions.require(actor, verb)
        step_up.require(request._request, actor, verb)
        return True
