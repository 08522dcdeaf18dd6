"""What the lists of audits, findings and certificates have in common."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins

from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet


@extend_schema_view(retrieve=extend_schema(parameters=[ID]))
class Register(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """List, newest first and 50 at a time, and one record."""
