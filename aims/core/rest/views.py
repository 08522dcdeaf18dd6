from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import exceptions, viewsets

from aims.core import as_of
from aims.core.actor import Actor
from aims.core.rest import bodies
from aims.core.rest.filters import refuse_unknown
from aims.core.rest.idempotency import Repeatable, repeatable
from aims.core.tenancy.past import past_moment


class TenantViewSet(viewsets.GenericViewSet):
    """Base of the API's views: verbs by action, the organization taken from the address only."""

    verbs: dict[str, str] = {}
    lookup_value_regex = r"[0-9]+"
    #: Everything it answers has row history, so that ?as_of= can be asked for.
    has_past: ClassVar[bool] = False
    repeatable: Repeatable | None = None
    #: What the body of this request may name, for refusals by rules that know no bodies.
    body_fields: frozenset[str] = frozenset()

    @property
    def actor(self) -> Actor:
        return self.request.auth  # type: ignore[return-value]

    @property
    def now(self) -> Any:
        return past_moment() or timezone.now()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.actor is None:  # refused below, with a problem
            return super().dispatch(request, *args, **kwargs)
        with as_of.asked_day(request, request.actor, has_past=self.has_past):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(self)
        self.repeatable = repeatable(request)
        earlier = self.repeatable.earlier_answer() if self.repeatable else None
        if earlier is not None:
            self.repeatable = None
            self.post = lambda *args, **kwargs: earlier  # as the framework binds actions to methods

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.repeatable is not None and response.status_code < 300:
            self.repeatable.keep(response, self.actor.organization_id)
        return super().finalize_response(request, response, *args, **kwargs)

    def clean(self, serializer_class: type[Any], **extra: Any) -> dict[str, Any]:
        """The request body as clean values; unknown or privileged fields are refused by name."""
        data = self.request.data
        serializer = serializer_class(data=data, context=self.get_serializer_context(), **extra)
        self.body_fields = frozenset(bodies.written(serializer))
        unknown = {name: ["This field cannot be set."] for name in sorted(bodies.unknown(serializer, data))}
        if not serializer.is_valid() or unknown:
            wrong = serializer.errors  # a list where the body is one
            raise exceptions.ValidationError({**wrong, **unknown} if isinstance(wrong, dict) else wrong)
        values: dict[str, Any] = serializer.validated_data
        return values
