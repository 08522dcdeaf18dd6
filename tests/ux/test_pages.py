"""Every page of the core and of the account is drawn, keeps the policy and has no accessibility violation."""

from collections.abc import Iterator

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser

from tests.ux import browser as ux
from tests.ux import kitchen_sink, page_samples
from tests.ux.rendering import outside_the_application

pytestmark = pytest.mark.needs("chromium")

NAMES = sorted(page_samples.samples())
OUTSIDE_AN_ORGANIZATION = ("account/", "mfa/", "usersessions/", "404", "500", "core/start")


def frame_of(name: str) -> dict[str, object]:
    return {} if name.startswith(OUTSIDE_AN_ORGANIZATION) else kitchen_sink.frame()


@pytest.fixture(scope="module")
def pages() -> Iterator[dict[str, str]]:
    with outside_the_application():
        yield {
            name: render_to_string(
                name.partition("#")[0], frame_of(name) | context, request=kitchen_sink.request()
            )
            for name, context in page_samples.samples().items()
        }


@pytest.fixture(scope="module")
def chromium(pages: dict[str, str]) -> Iterator[Browser]:
    with ux.chromium() as browser:
        yield browser


@pytest.mark.parametrize("name", NAMES)
def test_page_is_accessible(chromium: Browser, pages: dict[str, str], name: str) -> None:
    shown = ux.show(chromium, pages[name], width=1280)

    assert shown.axe_violations() == []
    assert shown.complaints == []
    assert shown.page.locator("h1").count() == 1
    shown.page.set_viewport_size({"width": 360, "height": 800})
    assert shown.sideways_scroll() == 0
    shown.page.context.close()
