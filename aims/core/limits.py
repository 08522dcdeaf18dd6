"""How often something may be asked, over all processes: in Redis where there is one, else in Postgres.

Counting happens before the transaction of the request: inside it, the requests of one key would wait for each
other, and a refused request would not be counted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection

MINUTE = 60
PER_PERSON = 300
FAILED_KEYS_PER_NETWORK = 30
DAY = 24 * 60 * 60

COUNT = """INSERT INTO request_counts AS c (name, slot, used, day, today)
  VALUES (%(name)s, floor(extract(epoch FROM clock_timestamp()) / %(seconds)s), 1, current_date, 1)
  ON CONFLICT (name) DO UPDATE SET
    used = CASE WHEN c.slot = EXCLUDED.slot THEN c.used + 1 ELSE 1 END, slot = EXCLUDED.slot,
    today = CASE WHEN c.day = EXCLUDED.day THEN c.today + 1 ELSE 1 END, day = EXCLUDED.day
  RETURNING used, ceil((c.slot + 1) * %(seconds)s - extract(epoch FROM clock_timestamp()))"""


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit, as the header fields of draft-ietf-httpapi-ratelimit-headers say it."""

    policy: str
    limit: int
    used: int
    resets_in: int
    seconds: int = MINUTE

    @property
    def is_kept(self) -> bool:
        return self.used <= self.limit

    @property
    def headers(self) -> dict[str, str]:
        left = max(self.limit - self.used, 0)
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={self.seconds}',
            "RateLimit": f'"{self.policy}";r={left};t={self.resets_in}',
        }


def count(policy: str, name: object, *, limit: int, seconds: int = MINUTE) -> Allowance:
    """Count one more request of this name, and say what is left."""
    counted = _count_in_redis if _has_redis() else _count_in_postgres
    used, resets_in = counted(f"{policy}:{name}", seconds)
    return Allowance(policy, limit, used, max(resets_in, 1), seconds)


def today(policy: str, names: list[Any]) -> dict[Any, int]:
    """How often each was counted since midnight UTC. Asking does not count."""
    wanted = {f"{policy}:{name}": name for name in names}
    if _has_redis():
        found = cache.get_many([_day_key(full) for full in wanted])
        return {name: int(found.get(_day_key(full), 0)) for full, name in wanted.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, today FROM request_counts WHERE name = ANY(%s) AND day = current_date",
            [list(wanted)],
        )
        known = dict(cursor.fetchall())
    return {name: known.get(full, 0) for full, name in wanted.items()}


def forget_old() -> None:
    """Counts that nobody added to since the day before yesterday; Redis forgets by itself."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM request_counts WHERE day < current_date - 1")


def _has_redis() -> bool:
    return "redis" in settings.CACHES["default"]["BACKEND"]


def _count_in_postgres(full: str, seconds: int) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"name": full, "seconds": seconds})
        used, resets_in = cursor.fetchone()
    return int(used), int(resets_in)


def _count_in_redis(full: str, seconds: int) -> tuple[int, int]:
    now = time.time()
    used = _one_more(f"count:{full}:{int(now // seconds)}", seconds * 2)
    _one_more(_day_key(full), DAY)
    return used, int(seconds - now % seconds) + 1


def _one_more(key: str, timeout: int) -> int:
    cache.add(key, 0, timeout)
    return cache.incr(key)


def _day_key(full: str) -> str:
    return f"count:{full}:{int(time.time() // DAY)}:day"
