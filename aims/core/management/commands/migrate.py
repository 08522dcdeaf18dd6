from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState

Key = tuple[str, str]
#: Django's answer to what has to be rendered again; no part of its public interface, so no types know it.
FINDER = "_find_reload_model"


class Command(migrate.Command):
    """Migrations run as the owner of the tables; the application's own login may not change the schema."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        usual = getattr(ProjectState, FINDER)
        setattr(ProjectState, FINDER, _rendered_anew)
        try:
            super().handle(*args, **options)
        finally:
            setattr(ProjectState, FINDER, usual)


def _rendered_anew(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[Key]:
    """Of a model that an operation changes, only itself and what inherits from it is rendered again.

    Django renders all related models too. Every table of an organization is related to every other, so that
    each of the operations would render the whole project: minutes of a first start. The state is marked as
    delayed, which lets operations in Python (RunPython) render all before they begin.
    """
    state.is_delayed = True
    name = f"{app_label}.{model_name}".lower()
    heirs = {
        key
        for key, model in state.models.items()
        if any(isinstance(base, str) and base.lower() == name for base in model.bases)
    }
    return {(app_label, model_name), *heirs}
