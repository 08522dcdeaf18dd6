"""The embedded Postgres: its roles, its locks, and what is left behind when a machine goes down."""

import os
import pwd
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from aims.launch import embedded, places, postgres_binaries
from aims.launch.errors import LaunchError

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
NEW_CLUSTER_AS_PLAIN_USER = """
import sys, psycopg
from pathlib import Path
from aims.launch import embedded
cluster = embedded.ensure_postgres(Path(sys.argv[1]), for_tests=True)
with psycopg.connect(cluster.urls["DATABASE_URL"]) as connection:
    print(*connection.execute("select current_user, inet_server_addr() is null").fetchone())
cluster.stop()
print(cluster.server.is_running())
"""


def versions():
    yield None
    if DEBIAN_15.exists():
        yield DEBIAN_15


@pytest.fixture(params=versions(), ids=lambda path: "wheel" if path is None else "postgres-15")
def cluster(request, home):
    binaries = postgres_binaries.at(request.param) if request.param else None
    cluster = embedded.ensure_postgres(home, for_tests=True, binaries=binaries)
    yield cluster
    cluster.stop()


def test_the_logins_are_what_security_asks_for(cluster):
    with psycopg.connect(cluster.super_url) as connection:
        rows = connection.execute(
            "select rolname, rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname like 'portal%'"
        ).fetchall()

    assert {name: (login, superuser, bypass) for name, login, superuser, bypass in rows} == {
        "portal_owner": (True, False, False),
        "portal_app": (True, False, False),
        "portal_auditor": (False, False, False),
        "portal_entry": (False, False, False),
        "portal_operator": (True, False, True),
        "portal_backup": (True, False, True),
        "portal_lookup": (False, False, True),
        "portal_trail": (False, False, False),
    }


def test_the_application_can_become_the_auditor_but_gains_nothing_by_it(cluster):
    with psycopg.connect(cluster.urls["DATABASE_OWNER_URL"]) as owner:
        owner.execute("create table secret_of_auditors (id int)")
        owner.execute("grant select on secret_of_auditors to portal_auditor")
    with psycopg.connect(cluster.urls["DATABASE_URL"]) as application:
        application.execute("set local role portal_auditor")
        application.execute("select * from secret_of_auditors")
        application.rollback()

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("select * from secret_of_auditors")


def test_the_application_reaches_no_role_that_passes_row_security(cluster):
    with psycopg.connect(cluster.urls["DATABASE_URL"]) as application:
        reachable = application.execute(
            "select rolname from pg_roles where (rolbypassrls or rolsuper) and pg_has_role(oid, 'member')"
        ).fetchall()

    assert reachable == []


def test_the_application_creates_no_tables(cluster):
    with (
        psycopg.connect(cluster.urls["DATABASE_URL"]) as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        application.execute("create table mine (id int)")


def test_the_owner_hands_functions_and_tables_over_in_new_databases_too(cluster):
    owner_url = cluster.urls["DATABASE_OWNER_URL"]
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("create database another")
    with psycopg.connect(owner_url.replace("/aims?", "/another?")) as owner:
        owner.execute("create function one() returns int language sql as 'select 1'")
        owner.execute("alter function one() owner to portal_lookup")
        owner.execute("create table chain (id int)")
        owner.execute("alter table chain owner to portal_trail")

        rows = owner.execute("select pg_get_userbyid(relowner) from pg_class where relname = 'chain'")
        assert rows.fetchone() == ("portal_trail",)


def test_only_its_owner_may_enter_the_directory_of_the_socket(cluster):
    assert stat.S_IMODE(cluster.server.sockets.stat().st_mode) == 0o700


def test_the_server_stops_with_the_last_who_uses_it(home):
    first = embedded.ensure_postgres(home, for_tests=True)
    second = embedded.ensure_postgres(home, for_tests=True)

    first.stop()
    running_with_one = first.server.is_running()
    second.stop()

    assert running_with_one
    assert not second.server.is_running()


def test_many_starts_at_once_make_one_server(home):
    command = "import sys\nfrom pathlib import Path\nfrom aims.launch import embedded\n"
    command += "cluster = embedded.ensure_postgres(Path(sys.argv[1]), for_tests=True)\n"
    command += "print(cluster.server._pid(), flush=True); sys.stdin.read(); cluster.stop()"
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", command, str(home)],
            cwd=places.PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    pids = {starter.stdout.readline() for starter in starters}
    for starter in starters:
        starter.communicate("", timeout=30)

    assert len(pids) == 1
    assert "None\n" not in pids


def test_a_process_file_left_by_a_crash_is_no_obstacle(home):
    cluster = embedded.ensure_postgres(home, for_tests=True)
    os.kill(cluster.server._pid(), signal.SIGQUIT)
    pid_file = cluster.server.data / "postmaster.pid"
    left_behind = pid_file.read_text() if pid_file.exists() else "1\n\n\n"
    _wait_until_gone(cluster.server)
    cluster.user_lock.close()
    # The number now belongs to a process that lives but is no Postgres: this one.
    pid_file.write_text("\n".join([str(os.getpid()), *left_behind.splitlines()[1:]]))

    again = embedded.ensure_postgres(home, for_tests=True)

    with psycopg.connect(again.urls["DATABASE_URL"]) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    again.stop()


def test_data_of_another_version_is_refused_with_a_way_out(home):
    cluster = embedded.ensure_postgres(home, for_tests=True)
    cluster.stop()
    (cluster.server.data / "PG_VERSION").write_text("14\n")

    with pytest.raises(LaunchError, match=r"made by Postgres 14.*portal reset"):
        embedded.ensure_postgres(home, for_tests=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a directory in which others may be first")
def test_a_directory_somebody_else_made_is_not_used(home):
    directory = places.cluster_directory(home)
    directory.mkdir()
    os.chown(directory, 12345, 12345)

    with pytest.raises(LaunchError, match="belongs to another account"):
        embedded.ensure_postgres(home, for_tests=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="a plain user is what every test runs as here")
def test_a_plain_user_has_the_cluster_in_the_home(home):
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    plainly = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    command = ["setpriv", *plainly, sys.executable]

    done = subprocess.run(
        [*command, "-c", NEW_CLUSTER_AS_PLAIN_USER, str(home)],
        cwd=places.PROJECT,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(places.PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.splitlines() == ["portal_app True", "False"], done.stderr
    assert (home / "postgres" / "data" / "PG_VERSION").exists()


def _wait_until_gone(server):
    for _ in range(100):
        if not server.is_running():
            return
        os.kill(os.getpid(), 0)
        subprocess.run(["sleep", "0.1"], check=True)
    raise AssertionError("the server does not stop")
