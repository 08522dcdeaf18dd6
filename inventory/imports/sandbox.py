"""Parses an uploaded file in a process of its own, with little memory and time and no inheritance."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from inventory.imports.formats import Format, ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.own_fields import OwnFields
from inventory.imports.record import ParsedFile
from inventory.imports.worker import OUT_OF_MEMORY

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[2]
TOO_COSTLY = "This file needs more memory or time than an import may use."
UNREADABLE = "This file could not be read. The operator finds the reason in the log."
DEFAULT_LIMITS = Limits()
NO_OWN = OwnFields()
# What an interpreter needs to start; no setting and no secret of the portal goes along.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")


def bare_environment() -> dict[str, str]:
    return {key: os.environ[key] for key in PASSED_ON if key in os.environ}


def parse_in_subprocess(
    path: Path,
    name: str,
    format: Format | None = None,
    limits: Limits = DEFAULT_LIMITS,
    own: OwnFields = NO_OWN,
) -> ParsedFile:
    request = {"path": str(path.resolve()), "name": name, "format": format, "limits": asdict(limits)}
    return ParsedFile.from_data(_answer({**request, "own": own.to_data()}, limits)["file"])


def rows_in_subprocess(path: Path, name: str, limits: Limits = DEFAULT_LIMITS) -> list[tuple[int, list[str]]]:
    """The rows of a CSV or XLSX file about anything; read under the same limits."""
    request = {"path": str(path.resolve()), "name": name, "format": None, "rows": True}
    answer = _answer({**request, "limits": asdict(limits)}, limits)
    return [(number, cells) for number, cells in answer["rows"]]


def _answer(request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-s", "-m", "inventory.imports.worker"],
            input=json.dumps(request).encode(),
            capture_output=True,
            cwd=PROJECT,
            env=bare_environment(),
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ImportRefused(TOO_COSTLY) from error
    # A negative code is a signal: the processor time ran out, or the memory did below Python.
    if done.returncode < 0 or done.returncode == OUT_OF_MEMORY:
        raise ImportRefused(TOO_COSTLY)
    if done.returncode != 0:
        logger.error("Import worker failed: %s", done.stderr[-4000:].decode(errors="replace"))
        raise ImportRefused(UNREADABLE)
    result: dict[str, Any] = json.loads(done.stdout)
    if "refused" in result:
        raise ImportRefused(result["refused"])
    return result
