"""The limited process: reads one request from standard input, answers with one JSON object, and ends.

It lowers its own limits before it touches the file. Started by `sandbox` only.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from inventory.imports.formats import Format, ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.own_fields import OwnFields
from inventory.imports.parse import parse, plain_rows

OUT_OF_MEMORY = 3


def lower_limits(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # the answer goes through a pipe
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(request: dict[str, Any], limits: Limits) -> str:
    format = Format(str(request["format"])) if request["format"] else None
    try:
        if request.get("rows"):
            rows = plain_rows(Path(str(request["path"])), name=str(request["name"]), limits=limits)
            return json.dumps({"rows": rows})
        parsed = parse(
            Path(str(request["path"])),
            name=str(request["name"]),
            format=format,
            limits=limits,
            own=OwnFields.from_data(request["own"]),
        )
    except ImportRefused as refused:
        return json.dumps({"refused": str(refused)})
    return f'{{"file": {parsed.to_json()}}}'


def main() -> int:
    request = json.load(sys.stdin)
    limits = Limits(**request["limits"])
    lower_limits(limits)
    try:
        text = answer(request, limits)
        sys.stdout.write(text)
        sys.stdout.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
