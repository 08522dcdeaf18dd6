"""Measures and prints; started by `manage.py bench` with the scratch database in its environment.

python -m audits.bench [--json]
"""

from __future__ import annotations

import os
import sys

import django

SUPER_URL = "BENCH_SUPER_URL"


def main(arguments: list[str]) -> int:
    django.setup()
    from audits.bench.measures import Sizes, all_figures

    missed = []
    for figure in all_figures(Sizes(), super_url=os.environ[SUPER_URL]):
        print(figure.as_json() if "--json" in arguments else figure.as_line(), flush=True)
        if not figure.ok:
            missed.append(figure.name)
    if missed:
        print(f"Missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
