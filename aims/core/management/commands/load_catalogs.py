from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aims.core import catalogs
from aims.core.models import CatalogVersion


class Command(BaseCommand):
    help = "Validate the published catalogs and record their versions, as the owner of the tables."

    def handle(self, *args: Any, **options: Any) -> None:
        for name in catalogs.names():
            try:
                catalogs.validate(name)
            except catalogs.CatalogError as error:
                raise CommandError(f"{name}: {error}") from error
        for name in catalogs.published():
            self._record(name)

    def _record(self, name: str) -> None:
        content, digest = catalogs.catalog(name), catalogs.content_hash(name)
        version = str(content["meta"]["version"])
        known, is_new = CatalogVersion.objects.using("owner").get_or_create(
            name=name, version=version, defaults={"sha256": digest, "content": content}
        )
        if not is_new and known.sha256 != digest:
            raise CommandError(
                f"{name} {version} was published with other content. Give the change a new version."
            )
        if is_new:
            self.stdout.write(f"{name} {version} loaded")
