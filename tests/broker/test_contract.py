"""What every broker of the portal promises."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

import aims.broker  # noqa: F401 registers the transport


@pytest.fixture
def queue(request: pytest.FixtureRequest) -> str:
    return f"q-{os.getpid()}-{time.monotonic_ns()}"


@pytest.fixture
def connect(broker_url: str) -> Iterator[Callable[..., Connection]]:
    opened: list[Connection] = []

    def open_one(**options: Any) -> Connection:
        connection = Connection(broker_url, transport_options=options)
        opened.append(connection)
        return connection

    yield open_one
    for connection in opened:
        connection.close()


def test_a_message_arrives_as_it_was_sent(connect, queue):
    connect().SimpleQueue(queue).put({"job": 7, "word": "Prüfung"})

    message = connect().SimpleQueue(queue).get(timeout=10)

    assert message.payload == {"job": 7, "word": "Prüfung"}


def test_messages_arrive_in_the_order_they_were_sent(connect, queue):
    sender = connect().SimpleQueue(queue)
    for number in range(5):
        sender.put(number)

    receiver = connect().SimpleQueue(queue)
    received = []
    for _ in range(5):
        message = receiver.get(timeout=10)
        message.ack()
        received.append(message.payload)

    assert received == [0, 1, 2, 3, 4]


def test_a_message_that_is_being_worked_on_is_nobody_elses(connect, queue):
    connect().SimpleQueue(queue).put("once")
    first = connect().SimpleQueue(queue)
    first.get(timeout=10)

    with pytest.raises(Empty):
        connect().SimpleQueue(queue).get(timeout=1)


def test_an_acknowledged_message_never_comes_back(connect, queue):
    connect().SimpleQueue(queue).put("once")
    receiver = connect(visibility_timeout=1)
    receiver.SimpleQueue(queue).get(timeout=10).ack()
    receiver.close()

    time.sleep(1.2)

    with pytest.raises(Empty):
        connect(visibility_timeout=1).SimpleQueue(queue).get(timeout=2)


def test_a_rejected_message_is_gone(connect, queue):
    connect().SimpleQueue(queue).put("bad")
    receiver = connect().SimpleQueue(queue)
    receiver.get(timeout=10).reject()

    with pytest.raises(Empty):
        receiver.get(timeout=1)


def test_a_requeued_message_comes_again_at_once(connect, queue):
    connect().SimpleQueue(queue).put("again")
    receiver = connect().SimpleQueue(queue)
    receiver.get(timeout=10).requeue()

    message = receiver.get(timeout=10)

    assert message.payload == "again"


def test_an_unacknowledged_message_comes_again_when_the_consumer_closes(connect, queue):
    connect().SimpleQueue(queue).put("left")
    leaving = connect()
    leaving.SimpleQueue(queue).get(timeout=10)
    leaving.close()

    message = connect().SimpleQueue(queue).get(timeout=10)

    assert message.payload == "left"


def test_an_unacknowledged_message_comes_again_after_the_visibility_timeout(connect, queue):
    connect().SimpleQueue(queue).put("late")
    holder = connect(visibility_timeout=2).SimpleQueue(queue)
    holder.get(timeout=10)
    second = connect(visibility_timeout=2)

    message = _next_of(second, queue, seconds=40)

    assert message.payload == "late"
    assert message.delivery_info["redelivered"] or message.properties.get("redelivered")


def test_two_consumers_get_each_message_once(connect, queue):
    sender = connect().SimpleQueue(queue)
    numbers = set(range(60))
    for number in numbers:
        sender.put(number)
    received: list[int] = []

    def consume(connection: Connection) -> None:
        receiver = connection.SimpleQueue(queue)
        while len(received) < len(numbers):
            try:
                message = receiver.get(timeout=1)
            except Empty:
                continue
            message.ack()
            received.append(message.payload)

    consumers = [threading.Thread(target=consume, args=[connect()]) for _ in range(2)]
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.join(timeout=60)

    assert sorted(received) == sorted(numbers)


def test_the_message_of_a_killed_consumer_comes_again(connect, queue, broker_url, here):
    connect().SimpleQueue(queue).put("survives")
    victim = subprocess.Popen(
        [sys.executable, here / "hold.py", broker_url, queue], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "survives\n"
    victim.kill()
    victim.communicate(timeout=10)

    message = _next_of(connect(visibility_timeout=2), queue, seconds=40)

    assert message.payload == "survives"


def test_a_fanout_exchange_reaches_every_queue_bound_to_it(connect, queue):
    exchange = Exchange(f"x-{queue}", type="fanout", durable=False)
    received: list[str] = []
    listeners = []
    for number in range(2):
        connection = connect()
        bound = Queue(f"{queue}-{number}", exchange=exchange, auto_delete=True, durable=False)
        consumer = connection.Consumer(
            bound, callbacks=[lambda body, message: received.append(body)], no_ack=True
        )
        consumer.consume()
        listeners.append(connection)
    # A fanout reaches those who listen: Redis needs a moment until the subscription holds.
    for connection in listeners:
        _drain(connection, 0.3)

    sender = connect()
    sender.Producer().publish("to all", exchange=exchange, declare=[exchange])
    for connection in listeners:
        _drain(connection, 2)

    assert received == ["to all", "to all"]


@pytest.fixture
def worker(broker_url, queue, here, tmp_path, monkeypatch) -> Iterator[Any]:
    """A real Celery worker, and the application that sends to it."""
    monkeypatch.setenv("TEST_BROKER_URL", broker_url)
    monkeypatch.setenv("TEST_QUEUE", queue)
    monkeypatch.syspath_prepend(str(here))
    sys.modules.pop("worker_app", None)
    import worker_app

    log = (tmp_path / "worker.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "worker_app", "worker", "--pool=prefork", "--concurrency=1"],
        cwd=here,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    _wait_until(lambda: worker_app.app.control.ping(timeout=1), 40, tmp_path / "worker.log")
    yield worker_app
    worker_app.app.close()
    process.terminate()
    process.wait(timeout=30)
    log.close()


def test_a_worker_answers_a_ping_and_runs_now_and_later(worker, tmp_path):
    notes = tmp_path / "notes"
    sent_at = time.time()

    worker.note.apply_async([str(notes), "later"], countdown=3)
    worker.note.apply_async([str(notes), "now"])
    _wait_until(lambda: notes.exists() and len(notes.read_text().splitlines()) == 2, 30)

    ran_at = {word: float(moment) for word, moment in map(str.split, notes.read_text().splitlines())}
    assert list(ran_at) == ["now", "later"]
    assert ran_at["later"] - sent_at >= 3
    assert len(worker.app.control.ping(timeout=2)) == 1


def _next_of(connection: Connection, queue: str, *, seconds: float) -> Any:
    """Redis looks for timed-out messages only now and then, between short waits."""
    receiver = connection.SimpleQueue(queue)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return receiver.get(timeout=0.2)
        except Empty:
            continue
    raise AssertionError(f"no message within {seconds} seconds")


def _drain(connection: Connection, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        connection.drain_events(timeout=seconds)


def _wait_until(condition: Callable[[], Any], seconds: float, log: Path | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} seconds: {log.read_text() if log else ''}")
        time.sleep(0.2)
