"""Registers as of a past date, read from the row history that pghistory's triggers keep."""

from __future__ import annotations

import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Subquery

from aims.core.days import local_today
from aims.core.tenancy.context import current_actor, current_organization

DELETED = "delete"


def history_begins() -> datetime.date:
    """The day the organization acted in was made here: nothing is known of the days before."""
    return local_today(current_organization().created_at)


def event_model(model: type[models.Model]) -> type[models.Model]:
    """The history table of a tracked model."""
    return apps.get_model(model._meta.app_label, f"{model.__name__}Event")


def as_of(model: type[models.Model], moment: datetime.datetime) -> models.QuerySet[Any]:
    """The rows as they stood at a moment, as rows of the event model: same columns, `pgh_obj_id` is the key.

    Knows nothing before the history began (the day a row was entered here).
    """
    events: Any = event_model(model)
    own = events._default_manager.filter(organization_id=current_actor().organization_id)
    latest = (
        own.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_created_at__lte=moment)
        .order_by("-pgh_id")
        .values("pgh_id")[:1]
    )
    found: models.QuerySet[Any] = own.filter(pgh_id=Subquery(latest)).exclude(pgh_label=DELETED)
    return found
