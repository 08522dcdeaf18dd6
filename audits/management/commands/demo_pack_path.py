import time
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.core import directory
from aims.core.tenancy.context import acting_in
from audits.enums import PackState
from audits.models import EvidencePack

LONGEST_WAIT_SECONDS = 180


class Command(BaseCommand):
    help = (
        "Print where the demo organization's first Stage 1 pack lies; --wait until the worker has built it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", default="meridian-health", metavar="SLUG")
        parser.add_argument("--wait", action="store_true")

    def handle(self, *args: Any, organization: str, wait: bool, **options: Any) -> None:
        organization_id = directory.organization_id(organization)
        if organization_id is None:
            raise CommandError(f"There is no organization {organization}.")
        deadline = time.monotonic() + (LONGEST_WAIT_SECONDS if wait else 0)
        while True:
            pack = self._first(organization_id)
            if pack is not None and pack.blob is not None:
                self.stdout.write(default_storage.path(pack.blob.storage_key))
                return
            if pack is not None and pack.state == PackState.FAILED:
                raise CommandError(f"The pack could not be built: {pack.failure}")
            if time.monotonic() >= deadline:
                raise CommandError("The pack is not built yet; see Evidence packs in the portal.")
            time.sleep(0.5)

    def _first(self, organization_id: int) -> EvidencePack | None:
        with acting_in(organization_id):
            return EvidencePack.objects.select_related("blob").order_by("pk").first()
