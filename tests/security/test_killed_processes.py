"""Processes that are killed in the middle leave nothing half done, and what was asked for is done once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from aims.launch import places, roles
from audits.bench.__main__ import SUPER_URL
from tests.conftest import super_url
from tests.journeys.portal import Portal, logins

#: One for each process and way to die; `./portal bench chaos` has them all.
CHOSEN = [
    "upload, evidence written",
    "reading an import, end",
    "import applied by a job, rows",
]


@pytest.mark.django_db(transaction=True)
def test_what_was_killed_half_way_is_done_once_or_not_at_all(tmp_path: Path) -> None:
    database = str(connection.settings_dict["NAME"])
    prepared = Portal.prepared(tmp_path, logins(database)).environment
    own = {SUPER_URL: roles.address(super_url(), database=database), "SECRET_KEY": settings.SECRET_KEY}

    told = subprocess.run(
        [sys.executable, "-m", "audits.bench.chaos", str(tmp_path), *CHOSEN],
        cwd=places.PROJECT,
        env={**os.environ, **prepared, **own},
        capture_output=True,
        text=True,
        timeout=240,
    )

    figures = {line["name"]: line for line in map(json.loads, told.stdout.splitlines())}
    assert figures, told.stderr[-2000:]
    assert [name for name, figure in figures.items() if not figure["ok"]] == []
    assert figures["chaos: processes killed"]["value"] == len(CHOSEN) + 1
    assert figures["chaos: mails sent twice, under the same name"]["value"] == 1
