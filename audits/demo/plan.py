"""A sample organization as it is described in YAML, with days turned into dates."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
NAMES = ("meridian-health", "cobalt-lending")


def read(name: str) -> dict[str, Any]:
    plan: dict[str, Any] = yaml.load((HERE / f"{name}.yaml").read_text(), Loader=yaml.CSafeLoader)
    return plan


class Clock:
    """Moments counted back from the day of seeding; working hours, so that a trail reads like life."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now

    def ago(self, days: int, *, hour: int = 10) -> datetime.datetime:
        moment = (self.now - datetime.timedelta(days=days)).replace(hour=hour, minute=0)
        return min(moment, self.now)

    def day(self, days_ahead: int) -> datetime.date:
        return (self.now + datetime.timedelta(days=days_ahead)).date()

    def day_ago(self, days: int) -> datetime.date:
        return self.day(-days)


def answer(value: Any) -> str:
    """YAML reads yes and no as truth values; the questionnaire means the words."""
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
