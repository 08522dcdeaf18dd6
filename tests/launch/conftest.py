import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aims.launch import embedded


@pytest.fixture
def home() -> Iterator[Path]:
    """A portal's home with a short path, emptied of its cluster afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="aims-home-"))
    yield directory
    server = embedded.Server(directory, None, embedded.TEST_SERVER_SETTINGS)
    with server.start_lock():
        server.stop()
    for path in {server.directory, server.sockets, directory}:
        shutil.rmtree(path, ignore_errors=True)
