"""Only the named points, in the database that the environment names.

python -m audits.bench.chaos HOME POINT …
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django


def main(home: str, *names: str) -> int:
    django.setup()
    from audits.bench.__main__ import SUPER_URL
    from audits.bench.chaos.matrix import chaos
    from audits.bench.chaos.points import POINTS

    chosen = [point for point in POINTS if point.name in names]
    is_well = True
    for figure in chaos(Path(home), super_url=os.environ[SUPER_URL], points=chosen):
        print(figure.as_json(), flush=True)
        is_well = is_well and figure.ok
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
