from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import exceptions, viewsets

from aims.core.actor import Actor
from aims.core.rest.filters import refuse_unknown


class TenantViewSet(viewsets.GenericViewSet):  # type: ignore[type-arg]
    """Base of the API's views: verbs by action, the organization taken from the address only."""

    verbs: dict[str, str] = {}
    lookup_value_regex = r"[0-9]+"

    @property
    def actor(self) -> Actor:
        return self.request.auth  # type: ignore[return-value]

    @property
    def now(self) -> Any:
        return timezone.now()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(self)

    def clean(self, serializer_class: type[Any], **extra: Any) -> dict[str, Any]:
        """The request body as clean values; unknown or privileged fields are refused by name."""
        data = self.request.data
        serializer = serializer_class(data=data, context=self.get_serializer_context(), **extra)
        known = {name for name, field in serializer.fields.items() if not field.read_only}
        unknown = sorted(set(data) - known) if hasattr(data, "keys") else []
        if unknown:
            raise exceptions.ValidationError({name: ["This field cannot be set."] for name in unknown})
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values
