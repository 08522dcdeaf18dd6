"""The row history that pghistory's triggers keep, and the one way to look back to a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import models

from aims.core.days import end_of_day, local_today
from aims.core.tenancy.context import current_organization
from aims.core.tenancy.past import looking_back

DELETED = "delete"


def history_begins() -> datetime.date:
    """The day the organization acted in was made here: nothing is known of the days before."""
    return local_today(current_organization().created_at)


@contextmanager
def day_looked_back_to(day: datetime.date) -> Iterator[None]:
    """Read the organization acted in as it was at the end of a day; today and later days as it is now."""
    if day >= local_today():
        yield
        return
    with looking_back(end_of_day(day)):
        yield


def event_model(model: type[models.Model]) -> type[models.Model]:
    """The history table of a tracked model."""
    return apps.get_model(model._meta.app_label, f"{model.__name__}Event")
