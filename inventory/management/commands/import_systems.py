from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aims.core import directory
from aims.core.exceptions import RuleBroken
from aims.core.tenancy.context import acting_in
from inventory import importing
from inventory.import_plan import ImportPlan
from inventory.imports.formats import Format, ImportRefused

AUTO = "auto"


class Command(BaseCommand):
    help = (
        "Import AI systems, models or data sets from a file: CSV, XLSX, CycloneDX, SPDX, a Hugging Face "
        "card, Croissant or a model card of the Model Card Toolkit. All or nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--format", choices=[AUTO, *(each.value for each in Format)], default=AUTO)
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would happen and change nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id = directory.organization_id(options["organization"])
        if organization_id is None:
            raise CommandError(f"There is no organization “{options['organization']}”.")
        format = None if options["format"] == AUTO else Format(options["format"])
        work = self._look if options["dry_run"] else self._apply
        try:
            with acting_in(organization_id) as actor:
                line = work(actor, options["file"], format)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from error
        except (ImportRefused, RuleBroken) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(line)

    def _look(self, actor: Any, path: Path, format: Format | None) -> str:
        plan = importing.plan_file(path, format=format)
        if plan.obstacle and not plan.is_all_known:
            raise RuleBroken(plan.obstacle)
        return f"{_counted(plan)}. Nothing was changed."

    def _apply(self, actor: Any, path: Path, format: Format | None) -> str:
        try:
            _, plan = importing.import_file(actor=actor, path=path, format=format, now=timezone.now())
        except RuleBroken as refused:
            if refused.code == importing.KNOWN:
                return f"{refused} Nothing was changed."
            raise
        return f"{_counted(plan)}."


def _counted(plan: ImportPlan) -> str:
    return (
        f"{plan.new_count} new, {plan.known_count} known already, "
        f"{plan.incomplete_count} incomplete, {plan.unmapped_count} entries not taken over"
    )
