"""Model forms over tenant tables: their choices are asked for when a form is made, never at import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from aims.core.tenancy.models import TenantModel


def tenant_formfield(field: models.Field[Any, Any], **kwargs: Any) -> Any:
    """`formfield_callback`: a foreign key to a tenant table gets its queryset in TenantModelForm.__init__."""
    remote = getattr(field, "remote_field", None)
    if remote is not None and isinstance(remote.model, type) and issubclass(remote.model, TenantModel):
        kwargs["queryset"] = remote.model.unfiltered.none()
    return field.formfield(**kwargs)


class TenantModelForm(forms.ModelForm):
    class Meta:
        formfield_callback = tenant_formfield

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            queryset = getattr(field, "queryset", None)
            if queryset is not None and issubclass(queryset.model, TenantModel):
                field.queryset = queryset.model.objects.all()  # type: ignore[attr-defined]
