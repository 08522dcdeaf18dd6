"""One evidence pack, built as the worker builds it, in a process whose memory is its own.

python -m audits.bench.packing SLUG
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import django

PLAIN_STYLE = "<style>table{table-layout:fixed;width:100%}td{font:8pt sans-serif;padding:1mm}</style>"
PLAIN_ROWS = 300


@dataclass(frozen=True)
class Built:
    pages: int
    seconds: float
    processor_seconds: float
    megabytes: float
    peak_megabytes: float
    own_megabytes: float
    plain_page_seconds: float


def build(slug: str) -> Built:
    """From the claimed job to the stored file. A worker loads the layout program once; it is not counted."""
    import pikepdf  # noqa: F401 both are loaded before the clock starts
    import weasyprint  # noqa: F401
    from django.utils import timezone

    from aims.core import directory, jobs
    from aims.core.models import Job
    from aims.core.tenancy.context import acting_in
    from audits import packs
    from audits.models import EvidencePack

    organization_id = directory.organization_id(slug)
    if organization_id is None:
        raise RuntimeError(f"There is no organization {slug}.")
    now = timezone.now()
    with acting_in(organization_id) as actor:
        pack = packs.request_pack(actor=actor, as_of=timezone.localdate(now), now=now)
        job = Job.objects.get(pk=pack.job_id)
    program = _peak_megabytes()
    start, processor = time.perf_counter(), time.process_time()
    job = jobs.run_now(job)
    seconds, processor_seconds = time.perf_counter() - start, time.process_time() - processor
    peak = _peak_megabytes()
    if job.error:
        raise RuntimeError(job.error)
    with acting_in(organization_id):
        pack = EvidencePack.objects.select_related("blob").get(pk=job.result["pack"])
    return Built(
        pages=pack.page_count,
        seconds=seconds,
        processor_seconds=processor_seconds,
        megabytes=pack.blob.size / 1e6,
        peak_megabytes=peak,
        own_megabytes=peak - program,
        plain_page_seconds=plain_page_seconds(),
    )


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plain_page_seconds() -> float:
    """Processor time of a page of nothing but a fixed table: what this machine needs at this moment."""
    from django.utils import timezone

    from aims.core.pdf import inspect_pdf, render_pdf

    row = "<tr>" + "".join(f"<td>Some words of cell {number}</td>" for number in range(8)) + "</tr>"
    table = f"<table>{row * PLAIN_ROWS}</table>"
    html = f"<!doctype html><html lang='en'><title>Plain</title>{PLAIN_STYLE}{table}</html>"
    start = time.process_time()
    made = render_pdf(html, title="Plain", created=timezone.now(), identifier=b"plain" * 4)
    return (time.process_time() - start) / inspect_pdf(made).pages


def build_in_a_process(slug: str) -> Built:
    done = subprocess.run(
        [sys.executable, "-m", "audits.bench.packing", slug], capture_output=True, text=True, env=os.environ
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Built(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    django.setup()
    print(json.dumps(asdict(build(sys.argv[1]))))
