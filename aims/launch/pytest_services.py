"""Pytest plugin: a Postgres for the tests, the programs they need, and a list of what was not run."""

import os
from collections.abc import Iterator

import pytest

from aims.launch import embedded, places, programs, roles

MISSING = "missing program"

_cluster: embedded.Cluster | None = None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Before Django reads its settings: name the database and a home of the tests' own."""
    global _cluster
    if "AIMS_TEST_SUPER_URL" in os.environ:
        return
    home = places.home() / "test"
    if server := os.environ.get("TEST_DATABASE_URL"):
        urls = roles.urls_of_server(server)
        os.environ.update(urls, AIMS_TEST_SUPER_URL=server)
        os.environ.update({f"AIMS_TEST_{name}": url for name, url in urls.items()})
    else:
        _cluster = embedded.ensure_postgres(home, for_tests=True)
        os.environ.update(_cluster.urls, AIMS_TEST_SUPER_URL=_cluster.super_url)
    os.environ.update(AIMS_ENV="test", AIMS_HOME=str(home), AIMS_TEST_RUN=f"{os.getpid()}")
    # A developer's own Redis is not the tests' to write to.
    os.environ.pop("REDIS_URL", None)


def pytest_unconfigure() -> None:
    if _cluster is not None:
        _cluster.stop()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for need in marker.args:
            if programs.find(need) is None:
                item.user_properties.append((MISSING, need))
                pytest.skip(f"needs {need}, and none of {', '.join(programs.NAMES[need])} is installed")


@pytest.fixture(scope="session")
def chromium() -> str:
    path = programs.find("chromium")
    if path is None:
        pytest.fail("mark the test with @pytest.mark.needs('chromium')")
    return path


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Where CI is set, a test that lacked a program is a failure."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and _lacking(reporter) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    not_run = terminalreporter.stats.get("skipped", [])
    if not not_run:
        return
    terminalreporter.section("not run")
    for report in not_run:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        terminalreporter.write_line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
    if os.environ.get("CI") and _lacking(terminalreporter):
        terminalreporter.write_line("In CI a test that lacks a program is a failure.", red=True)


def _lacking(reporter: pytest.TerminalReporter) -> bool:
    """Other tests may have a reason of their own not to run: they wait to be asked for."""
    skipped = reporter.stats.get("skipped", [])
    tests = [report for report in skipped if isinstance(report, pytest.TestReport)]  # not whole files
    return any(name == MISSING for report in tests for name, _ in report.user_properties)
