"""Measures and prints; started by `manage.py bench` with the scratch database in its environment.

python -m audits.bench [--json] [AREA …]
"""

from __future__ import annotations

import os
import sys

import django

SUPER_URL = "BENCH_SUPER_URL"


def main(arguments: list[str]) -> int:
    django.setup()
    from audits.bench.areas import Bench, figures
    from audits.bench.measures import Sizes

    bench = Bench(Sizes(), super_url=os.environ[SUPER_URL])
    missed = []
    for figure in figures(bench, [argument for argument in arguments if argument != "--json"]):
        print(figure.as_json() if "--json" in arguments else figure.as_line(), flush=True)
        if not figure.ok:
            missed.append(figure.name)
    if missed:
        print(f"Missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
