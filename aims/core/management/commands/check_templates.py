from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError
from django.template.loader import get_template


class Command(BaseCommand):
    help = "Compile every template of the project."

    def handle(self, *args: Any, **options: Any) -> None:
        names = list(_names())
        broken = [line for name in names for line in _faults(name)]
        if broken:
            raise CommandError("; ".join(broken))
        self.stdout.write(f"{len(names)} templates compile")


def _names() -> Iterator[str]:
    folders: Any = settings.TEMPLATES[0]["DIRS"]
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix in {".html", ".txt", ".css", ".xml"}:
                yield path.relative_to(folder).as_posix()


def _faults(name: str) -> Iterator[str]:
    try:
        get_template(name)
    except TemplateSyntaxError as error:
        yield f"{name}: {error}"
