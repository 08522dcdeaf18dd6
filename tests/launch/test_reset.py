"""Deleting data: only the portal's own, only when nobody uses it."""

import pytest

from aims.launch import __main__ as launch
from aims.launch import embedded
from aims.launch.errors import LaunchError


@pytest.fixture(autouse=True)
def _own_home(home, monkeypatch):
    monkeypatch.setenv("AIMS_HOME", str(home))


def test_a_database_in_use_is_not_deleted(home):
    cluster = embedded.ensure_postgres(home, for_tests=True)

    with pytest.raises(LaunchError, match="in use by another command"):
        launch.reset(["--yes"])

    assert cluster.server.is_running()
    cluster.stop()


def test_only_what_the_portal_made_is_deleted(home):
    cluster = embedded.ensure_postgres(home, for_tests=True)
    cluster.stop()
    (home / "files").mkdir()
    (home / "thesis.txt").write_text("mine")

    launch.reset(["--yes"])

    assert [path.name for path in home.iterdir()] == ["thesis.txt"]
    assert not cluster.server.directory.exists()


def test_nothing_is_deleted_when_nobody_can_be_asked(home):
    (home / "files").mkdir()

    with pytest.raises(LaunchError, match="reset --yes"):
        launch.reset([])

    assert (home / "files").exists()
