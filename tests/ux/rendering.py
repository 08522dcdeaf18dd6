"""Settings to render a page outside the application: own templates and addresses, plain static names."""

from contextlib import AbstractContextManager
from pathlib import Path

from django.conf import settings
from django.test import override_settings

OWN_TEMPLATES = Path(__file__).parent / "templates"


def outside_the_application() -> AbstractContextManager[None]:
    engine = settings.TEMPLATES[0]
    return override_settings(
        ROOT_URLCONF="tests.ux.urls",
        TEMPLATES=[engine | {"DIRS": [*engine["DIRS"], OWN_TEMPLATES]}],
        STORAGES=settings.STORAGES
        | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
    )
