"""The public form, from inside and from outside."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.urls import reverse

from inventory.models import Incident, OutsideReport, ReportingForm


def reporting_form() -> ReportingForm | None:
    return ReportingForm.objects.select_related("organization").first()


def public_address(form: ReportingForm | None) -> str:
    return f"{settings.BASE_URL}{reverse('public_report', args=[form.token])}" if form else ""


def outside_report(incident: Incident) -> OutsideReport | None:
    found: OutsideReport | None = OutsideReport.objects.filter(incident=incident).first()
    return found


@dataclass(frozen=True)
class PublicForm:
    """All that the public page may know."""

    organization_id: int
    public_name: str
    text: str


def public_form(token: str) -> PublicForm | None:
    """Found before an organization is known: one that is on, of an organization that is not suspended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT organization_id, public_name, form_text FROM reporting_form_by_token(%s)", [token]
        )
        row = cursor.fetchone()
    return PublicForm(*row) if row else None
