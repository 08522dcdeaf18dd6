import datetime
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aims.core import blobs, directory, jobs
from aims.core.days import local_today
from aims.core.enums import JobState
from aims.core.exceptions import RuleBroken
from aims.core.models import Job
from aims.core.tenancy.context import acting_in
from audits import packs
from audits.enums import PackKind
from audits.models import EvidencePack


class Command(BaseCommand):
    help = "Build an evidence pack in the foreground, with the worker's own code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--kind", default=PackKind.STAGE1, choices=PackKind.values)
        parser.add_argument("--as-of", type=datetime.date.fromisoformat, metavar="DATE")
        parser.add_argument("--output", type=Path, required=True, metavar="DIR")

    def handle(self, *args: Any, organization: str, kind: str, output: Path, **options: Any) -> None:
        organization_id = directory.organization_id(organization)
        if organization_id is None:
            raise CommandError(f"There is no organization {organization}.")
        output.mkdir(parents=True, exist_ok=True)
        job = self._request(organization_id, kind, options["as_of"])
        job = jobs.run_now(job)
        if job.state != JobState.DONE:
            raise CommandError(f"The pack could not be built: {job.error or 'another worker has it'}")
        self.stdout.write(str(self._copy(organization_id, job, output)))

    def _request(self, organization_id: int, kind: str, as_of: datetime.date | None) -> Job:
        with acting_in(organization_id) as actor:
            try:
                pack = packs.request_pack(
                    actor=actor, kind=kind, as_of=as_of or local_today(), now=timezone.now()
                )
            except RuleBroken as refused:
                raise CommandError(str(refused)) from refused
            return Job.objects.get(pk=pack.job_id)

    def _copy(self, organization_id: int, job: Job, output: Path) -> Path:
        with acting_in(organization_id):
            pack = EvidencePack.objects.select_related("blob").get(pk=job.result["pack"])
        path = output / pack.blob.file_name
        with blobs.open_blob(pack.blob) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        return path
