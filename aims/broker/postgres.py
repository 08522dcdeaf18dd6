"""Kombu transport on Postgres: claim by SKIP LOCKED, acknowledge by delete, wake up by NOTIFY.

Delivery is at least once: tasks are idempotent, their truth is the job row.
"""

from queue import Empty
from time import monotonic
from typing import Any

import psycopg
from kombu.transport import virtual
from kombu.utils.json import dumps, loads
from kombu.utils.url import maybe_sanitize_url

from aims.broker.store import WAKE_UP, Receipt, Store

BROADCAST_LIFETIME_SECONDS = 60.0
SEEN_EVERY_SECONDS = 60.0


class Channel(virtual.Channel):
    supports_fanout = True
    visibility_timeout: float = 30 * 60
    from_transport_options = (*virtual.Channel.from_transport_options, "visibility_timeout")

    def __init__(self, connection: "Transport", **options: Any) -> None:
        super().__init__(connection, **options)
        self._unacknowledged_queues: set[str] = set()
        self._temporary_queues: set[str] = set()

    @property
    def store(self) -> Store:
        store: Store = self.connection.store
        return store

    def basic_consume(self, queue: str, no_ack: bool, *arguments: Any, **options: Any) -> Any:
        if no_ack:
            self._unacknowledged_queues.add(queue)
        return super().basic_consume(queue, no_ack, *arguments, **options)

    def basic_get(self, queue: str, no_ack: bool = False, **options: Any) -> Any:
        message = super().basic_get(queue, no_ack=no_ack, **options)
        if message is not None and no_ack:
            self._acknowledge(message)
        return message

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        self._acknowledge(self._delivered(delivery_tag))
        super().basic_ack(delivery_tag, multiple)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not requeue:
            self._acknowledge(self._delivered(delivery_tag))
        super().basic_reject(delivery_tag, requeue=requeue)

    def close(self) -> None:
        if not self.closed:
            try:
                for queue in self._temporary_queues & set(self._active_queues):
                    self.store.forget_queue(queue)
            except psycopg.Error:
                # The connection is what broke: the sweep forgets the queue later.
                pass
        super().close()

    def see_temporary_queues(self) -> None:
        if queues := self._temporary_queues & set(self._active_queues):
            self.store.see(sorted(queues))

    def get_table(self, exchange: str) -> list[tuple[str, str, str]]:
        return self.store.bindings(exchange)

    def _new_queue(self, queue: str, **options: Any) -> None:
        arguments = options.get("arguments") or {}
        if options.get("auto_delete") or "x-expires" in arguments:
            self._temporary_queues.add(queue)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        self.store.sweep()
        temporary = queue in self._temporary_queues
        self.store.bind(exchange, routing_key or "", pattern or "", queue, temporary=temporary)

    def _put(self, queue: str, message: dict[str, Any], **options: Any) -> None:
        self.store.put(queue, dumps(message))

    def _put_fanout(self, exchange: str, message: dict[str, Any], routing_key: str, **options: Any) -> None:
        for queue in sorted({queue for _, _, queue in self.store.bindings(exchange)}):
            self.store.put(queue, dumps(message), expires_seconds=BROADCAST_LIFETIME_SECONDS)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        delivery = self.store.claim(queue, visibility_timeout=self.visibility_timeout)
        if delivery is None:
            raise Empty
        if queue in self._unacknowledged_queues:
            self.store.acknowledge(delivery.receipt)
        message: dict[str, Any] = loads(delivery.payload)
        message["properties"]["delivery_info"] |= {
            "receipt": [delivery.receipt.id, delivery.receipt.claim],
            "redelivered": delivery.is_redelivered,
        }
        return message

    def _restore(self, message: virtual.Message) -> None:
        if receipt := _receipt(message):
            self.store.release(receipt)

    _restore_at_beginning = _restore

    def _size(self, queue: str) -> int:
        return self.store.size(queue)

    def _purge(self, queue: str) -> int:
        return self.store.purge(queue)

    def _delete(self, queue: str, *arguments: Any, **options: Any) -> None:
        self.store.forget_queue(queue)

    def _delivered(self, delivery_tag: str) -> virtual.Message | None:
        try:
            return self.qos.get(delivery_tag)
        except KeyError:
            return None

    def _acknowledge(self, message: virtual.Message | None) -> None:
        if message is not None and (receipt := _receipt(message)):
            self.store.acknowledge(receipt)


class Transport(virtual.Transport):
    Channel = Channel
    driver_type = "postgres"
    driver_name = "psycopg"
    can_parse_url = True
    polling_interval = 1.0
    connection_errors = (
        *virtual.Transport.connection_errors,
        psycopg.OperationalError,
        psycopg.InterfaceError,
    )
    implements = virtual.Transport.implements.extend(
        asynchronous=False, exchange_type=frozenset(["direct", "topic", "fanout"]), heartbeats=False
    )

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        url = "postgresql" + client.hostname.removeprefix("pg")
        self.store = Store(url)
        # Its own connection: other threads acknowledge while this one waits.
        self._listener = Store(url)
        self._is_listening_on: psycopg.Connection[Any] | None = None
        self._seen_at = monotonic()

    def driver_version(self) -> str:
        return psycopg.__version__

    def as_uri(self, uri: str, include_password: bool = False, mask: str = "**") -> str:
        return f"aims+{uri if include_password else maybe_sanitize_url(uri, mask)}"

    def establish_connection(self) -> Any:
        self.store.connect()
        return super().establish_connection()

    def close_connection(self, connection: Any) -> None:
        super().close_connection(connection)
        self.store.close()
        self._listener.close()

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        deadline = None if timeout is None else monotonic() + timeout
        listener = self._listening()
        while True:
            self._say_that_we_live()
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                remaining = None if deadline is None else deadline - monotonic()
                if remaining is not None and remaining <= 0:
                    raise TimeoutError from None
            self._wait(listener, remaining)

    def _listening(self) -> "psycopg.Connection[Any]":
        connection = self._listener.connect()
        if connection is not self._is_listening_on:
            connection.execute(f"listen {WAKE_UP}")
            self._is_listening_on = connection
        return connection

    def _wait(self, listener: "psycopg.Connection[Any]", remaining: float | None) -> None:
        """Until a message arrives, or long enough that a timed-out one may have become visible."""
        seconds = self.polling_interval if remaining is None else min(self.polling_interval, remaining)
        for _ in listener.notifies(timeout=seconds, stop_after=1):
            pass

    def _say_that_we_live(self) -> None:
        if monotonic() - self._seen_at > SEEN_EVERY_SECONDS:
            self._seen_at = monotonic()
            for channel in self.channels:
                channel.see_temporary_queues()


def _receipt(message: virtual.Message) -> Receipt | None:
    held = message.delivery_info.get("receipt")
    return Receipt(*held) if held else None
