"""Two brokers that keep the same promises: the tables in Postgres and a real Redis."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from aims.broker import postgres_broker_url
from aims.broker.schema import install
from aims.launch import programs, roles


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    """The address, as the application role, of a database that has the queue's tables."""
    name = f"broker_{os.getpid()}"
    super_url = os.environ["AIMS_TEST_SUPER_URL"]
    with psycopg.connect(super_url, autocommit=True) as connection:
        connection.execute(f"create database {name} owner portal_owner")
    install(roles.address(os.environ["DATABASE_OWNER_URL"], database=name))
    yield roles.address(os.environ["DATABASE_URL"], database=name)
    with psycopg.connect(super_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = programs.find("redis")
    assert program is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    directory = tmp_path_factory.mktemp("redis")
    settings = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory))
    server = subprocess.Popen([program, *settings], stdout=subprocess.DEVNULL)
    _wait_for_port(port)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture(params=["postgres", pytest.param("redis", marks=pytest.mark.needs("redis"))])
def broker_url(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        return request.getfixturevalue("redis_server")
    return postgres_broker_url(request.getfixturevalue("postgres_database"))


@pytest.fixture
def here() -> Path:
    return Path(__file__).parent


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"Redis does not listen on port {port}.")
