"""The page with every component: accessible, inside the policy, never wider than its window, readable without script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.ux import browser as ux
from tests.ux import kitchen_sink
from tests.ux.rendering import outside_the_application

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def pages() -> Iterator[dict[str, str]]:
    """Rendered before the browser starts: its event loop would make Django refuse synchronous work."""
    with outside_the_application():
        yield {
            "light": kitchen_sink.render(theme="light"),
            "dark": kitchen_sink.render(theme="dark"),
            "auditor": kitchen_sink.render(auditor=True),
        }


@pytest.fixture(scope="module")
def chromium(pages: dict[str, str]) -> Iterator[Browser]:
    """Started once the pages are rendered."""
    with ux.chromium() as browser:
        yield browser


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_accessibility_violation(
    chromium: Browser, pages: dict[str, str], theme: str, width: int
) -> None:
    shown = ux.show(chromium, pages[theme], width=width)

    assert shown.axe_violations() == []
    assert shown.complaints == []


@pytest.mark.parametrize("width", [1440, 768, 360, 320])
def test_it_never_scrolls_sideways(chromium: Browser, pages: dict[str, str], width: int) -> None:
    assert ux.show(chromium, pages["auditor"], width=width).sideways_scroll() == 0


def test_axe_finds_a_fault_when_there_is_one(chromium: Browser, pages: dict[str, str]) -> None:
    broken = pages["light"].replace("</main>", '<input type="text"></main>')

    assert any("label" in line for line in ux.show(chromium, broken).axe_violations())


def test_the_palette_opens_by_key_and_gives_the_focus_back(chromium: Browser, pages: dict[str, str]) -> None:
    page = ux.show(chromium, pages["light"]).page
    page.locator("[data-open-palette]").focus()

    page.keyboard.press("Control+k")
    opened = page.evaluate("document.activeElement.id")
    page.keyboard.press("Escape")

    assert opened == "palette-query"
    assert page.evaluate("document.activeElement.matches('[data-open-palette]')")


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(
    chromium: Browser, pages: dict[str, str]
) -> None:
    page = ux.show(chromium, pages["light"]).page
    focused = page.evaluate("document.activeElement.className")

    page.locator(".error-summary a").first.click()

    assert focused == "error-summary"
    assert page.evaluate("document.activeElement.id") == "id_title"


def test_the_theme_changes_at_once_and_is_kept_in_the_cookie(
    chromium: Browser, pages: dict[str, str]
) -> None:
    page = ux.show(chromium, pages["light"]).page

    page.locator("theme-toggle button").click()

    assert page.evaluate("document.documentElement.dataset.theme ?? ''") == ""
    assert "theme=" in page.evaluate("document.cookie")


def test_a_menu_closes_by_escape_and_gives_the_focus_back(chromium: Browser, pages: dict[str, str]) -> None:
    page = ux.show(chromium, pages["light"]).page
    page.locator(".head-actions .menu summary").click()
    opened = page.locator(".head-actions .menu").get_attribute("open")

    page.keyboard.press("Escape")

    assert opened is not None
    assert page.locator(".head-actions .menu").get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_selecting_rows_says_how_many(chromium: Browser, pages: dict[str, str]) -> None:
    page = ux.show(chromium, pages["light"]).page

    page.locator(".pick-all").check()

    assert page.locator("[data-selected]").inner_text() == "4 selected"


def test_without_script_menus_and_navigation_still_open(chromium: Browser, pages: dict[str, str]) -> None:
    page = ux.show(chromium, pages["light"], width=360, script=False).page

    page.locator(".menu-button").click()

    assert page.locator("#main-navigation").is_visible()
    assert page.locator("h1").inner_text() == "Components"
