"""The statements of the queue. Several processes may use the same queue at once."""

import os
import threading
from dataclasses import dataclass
from typing import Any

import psycopg

WAKE_UP = "aims_broker"
TEMPORARY_BINDING_LIFETIME = "1 hour"


@dataclass(frozen=True)
class Receipt:
    """Proof of one delivery: after the visibility timeout the message may be somebody else's."""

    id: int
    claim: str


@dataclass(frozen=True)
class Delivery:
    payload: str
    receipt: Receipt
    is_redelivered: bool


class Store:
    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None
        self._process = os.getpid()
        self._lock = threading.Lock()

    def connect(self) -> "psycopg.Connection[Any]":
        with self._lock:
            # A connection cannot be shared with the process this one was forked from.
            if self._process != os.getpid():
                self._connection, self._process = None, os.getpid()
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._url, autocommit=True, application_name="aims-broker")
            return self._connection

    def close(self) -> None:
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()

    def put(self, queue: str, payload: str, *, expires_seconds: float | None = None) -> None:
        self.connect().execute(
            """
            with message as (
                insert into broker_message (queue, payload, expires_at)
                values (%s, %s, now() + make_interval(secs => %s))
            )
            select pg_notify(%s, '')
            """,
            [queue, payload, expires_seconds, WAKE_UP],
        )

    def claim(self, queue: str, *, visibility_timeout: float) -> Delivery | None:
        """The oldest message nobody is working on, hidden from others until the timeout."""
        row = self._one(
            """
            update broker_message
            set visible_at = now() + make_interval(secs => %s),
                deliveries = deliveries + 1,
                claim = gen_random_uuid()
            where id = (
                select id from broker_message
                where queue = %s and visible_at <= now() and (expires_at is null or expires_at > now())
                order by id
                for update skip locked
                limit 1
            )
            returning payload, id, claim::text, deliveries
            """,
            [visibility_timeout, queue],
        )
        if row is None:
            return None
        payload, number, claim, deliveries = row
        return Delivery(payload, Receipt(number, claim), is_redelivered=deliveries > 1)

    def acknowledge(self, receipt: Receipt) -> None:
        """Done is done, even when the timeout has passed meanwhile."""
        self.connect().execute("delete from broker_message where id = %s", [receipt.id])

    def release(self, receipt: Receipt) -> None:
        self.connect().execute(
            """
            with message as (
                update broker_message set visible_at = now() where id = %s and claim = %s::uuid
            )
            select pg_notify(%s, '')
            """,
            [receipt.id, receipt.claim, WAKE_UP],
        )

    def size(self, queue: str) -> int:
        row = self._one(
            "select count(*) from broker_message where queue = %s and visible_at <= now()", [queue]
        )
        return int(row[0]) if row else 0

    def purge(self, queue: str) -> int:
        return self.connect().execute("delete from broker_message where queue = %s", [queue]).rowcount

    def bind(self, exchange: str, routing_key: str, pattern: str, queue: str, *, temporary: bool) -> None:
        self.connect().execute(
            """
            insert into broker_binding (exchange, routing_key, pattern, queue, temporary)
            values (%s, %s, %s, %s, %s)
            on conflict (exchange, routing_key, pattern, queue) do update set seen_at = now()
            """,
            [exchange, routing_key, pattern, queue, temporary],
        )

    def bindings(self, exchange: str) -> list[tuple[str, str, str]]:
        rows = self.connect().execute(
            "select routing_key, pattern, queue from broker_binding where exchange = %s", [exchange]
        )
        return [(routing_key, pattern, queue) for routing_key, pattern, queue in rows]

    def forget_queue(self, queue: str) -> None:
        self.purge(queue)
        self.connect().execute("delete from broker_binding where queue = %s", [queue])

    def see(self, queues: list[str]) -> None:
        self.connect().execute(
            "update broker_binding set seen_at = now() where temporary and queue = any(%s)", [queues]
        )

    def sweep(self) -> None:
        """Forget what processes that died left behind."""
        self.connect().execute(
            """
            with gone as (
                delete from broker_binding
                where temporary and seen_at < now() - %s::interval
                returning queue
            )
            delete from broker_message
            where expires_at < now() or queue in (select queue from gone)
            """,
            [TEMPORARY_BINDING_LIFETIME],
        )

    def _one(self, statement: str, values: list[Any]) -> tuple[Any, ...] | None:
        return self.connect().execute(statement, values).fetchone()
