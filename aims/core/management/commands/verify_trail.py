import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date

from aims.core import directory
from aims.core.days import end_of_day
from aims.core.services.trail import report_on
from aims.core.tenancy.context import acting_in, current_organization

ONE_DAY = datetime.timedelta(days=1)


class Command(BaseCommand):
    help = (
        "Walk the hash chain of one organization's trail, or of every one's, against the signed "
        "checkpoints kept outside the database. Ends with 1 and the first bad line when a chain is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG")
        parser.add_argument("--anchors", metavar="DIR", type=Path, help="instead of CHECKPOINT_DIR")
        parser.add_argument(
            "--since", metavar="YYYY-MM-DD", help="begin at the last checkpoint before that day"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        anchors = options["anchors"]
        if anchors is not None and not anchors.is_dir():
            raise CommandError(f"There is no directory {anchors}.")
        broken = [
            problem
            for number in self._wanted(options["organization"])
            for problem in self._verify(number, anchors, self._day(options["since"]))
        ]
        if broken:
            raise CommandError("; ".join(broken))

    def _wanted(self, slug: str | None) -> list[int]:
        if slug is None:
            return directory.organization_ids()
        found = directory.organization_id(slug)
        if found is None:
            raise CommandError(f"There is no organization “{slug}”.")
        return [found]

    def _day(self, text: str | None) -> Any:
        try:
            day = parse_date(text) if text else None
        except ValueError:
            day = None
        if text and day is None:
            raise CommandError("--since takes a day such as 2027-01-31.")
        return day

    def _verify(self, organization_id: int, anchors: Path | None, since: Any) -> list[str]:
        with acting_in(organization_id):
            organization = current_organization()
            moment = end_of_day(since - ONE_DAY) if since else None
        report = report_on(organization, root=anchors, since=moment)
        if not report.intact:
            return [f"{organization.slug}: first bad {report.problems[0]}"]
        self.stdout.write(f"{organization.slug}: {report.lines} lines, head {report.head}")
        for sentence in report.checked:
            self.stdout.write(f"  checked: {sentence}")
        for sentence in report.not_shown:
            self.stdout.write(f"  not shown: {sentence}")
        return []
