"""What only the broker on Postgres has to care for."""

import os
import time

import psycopg
import pytest
from kombu import Connection

from aims import configuration
from aims.broker import connect, postgres_broker_url
from aims.broker.schema import install
from aims.broker.store import Receipt, Store
from aims.launch import roles


@pytest.fixture
def store(postgres_database):
    store = Store(postgres_database)
    yield store
    store.close()


@pytest.fixture
def queue():
    return f"q-{os.getpid()}-{time.monotonic_ns()}"


def test_the_queue_runs_as_the_application_role(store):
    row = store.connect().execute("select current_user").fetchone()

    assert row == ("portal_app",)


def test_installing_twice_changes_nothing(store, postgres_database, queue):
    store.put(queue, "kept")
    owner = roles.address(
        os.environ["DATABASE_OWNER_URL"],
        database=psycopg.conninfo.conninfo_to_dict(postgres_database)["dbname"],
    )

    install(owner)

    assert store.size(queue) == 1


def test_a_late_release_does_not_take_the_message_from_its_next_worker(store, queue):
    store.put(queue, "job")
    first = store.claim(queue, visibility_timeout=0)
    second = store.claim(queue, visibility_timeout=60)

    store.release(first.receipt)

    assert second.is_redelivered
    assert store.claim(queue, visibility_timeout=60) is None


def test_an_expired_message_is_not_delivered_and_is_swept(store, queue):
    store.put(queue, "old", expires_seconds=-1)

    claimed = store.claim(queue, visibility_timeout=60)
    store.sweep()

    assert claimed is None
    assert _rows(store, "select count(*) from broker_message where queue = %s", queue) == 0


def test_the_binding_of_a_process_that_died_is_forgotten(store, queue):
    store.bind("exchange", "", "", queue, temporary=True)
    store.bind("exchange", "", "", f"{queue}-kept", temporary=False)
    store.put(queue, "for nobody")
    store.connect().execute("update broker_binding set seen_at = now() - interval '2 hours'")

    store.sweep()

    assert [bound for _, _, bound in store.bindings("exchange")] == [f"{queue}-kept"]
    assert store.size(queue) == 0


def test_an_unknown_receipt_is_no_error(store):
    store.acknowledge(Receipt(id=-1, claim="00000000-0000-0000-0000-000000000000"))
    store.release(Receipt(id=-1, claim="00000000-0000-0000-0000-000000000000"))


def test_a_lost_connection_is_opened_again(store, queue):
    store.put(queue, "before")
    store.connect().close()

    assert store.size(queue) == 1


def test_the_address_of_the_broker_hides_the_password():
    address = postgres_broker_url("postgresql://portal_app:hidden@db.example:5432/aims")

    shown = Connection(address).as_uri()

    assert "hidden" not in shown
    assert shown.startswith("aims+pg://portal_app:**@db.example:5432/aims")


def test_redis_is_chosen_when_there_is_one(tmp_path):
    environment = {"AIMS_HOME": str(tmp_path)}

    without = connect(configuration.load(environment))
    with_redis = connect(configuration.load(environment | {"REDIS_URL": "redis://cache:6379/0"}))

    assert without["broker_url"].startswith("aims+pg://portal_app@")
    assert with_redis["broker_url"] == "redis://cache:6379/0"


def _rows(store, statement, *values):
    return store.connect().execute(statement, list(values)).fetchone()[0]
