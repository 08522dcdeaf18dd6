"""The page with every component: accessible, inside the policy, never too wide, readable without script."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.ux import browser as ux
from tests.ux import kitchen_sink
from tests.ux.rendering import outside_the_application

Pages = dict[str, str]

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """Rendered before the browser starts: its event loop would make Django refuse synchronous work."""
    with outside_the_application():
        yield {
            "light": kitchen_sink.render(theme="light"),
            "dark": kitchen_sink.render(theme="dark"),
            "auditor": kitchen_sink.render(auditor=True),
            "grid": kitchen_sink.render("ux/grid.html"),
        }


@pytest.fixture(scope="module")
def chromium(pages: Pages) -> Iterator[Browser]:
    """Started once the pages are rendered."""
    with ux.chromium() as browser:
        yield browser


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_accessibility_violation(chromium: Browser, pages: Pages, theme: str, width: int) -> None:
    shown = ux.show(chromium, pages[theme], width=width)

    assert shown.axe_violations() == []
    assert shown.complaints == []


@pytest.mark.parametrize("width", [1440, 768, 360, 320])
def test_it_never_scrolls_sideways(chromium: Browser, pages: Pages, width: int) -> None:
    assert ux.show(chromium, pages["auditor"], width=width).sideways_scroll() == 0


def test_axe_finds_a_fault_when_there_is_one(chromium: Browser, pages: Pages) -> None:
    broken = pages["light"].replace("</main>", '<input type="text"></main>')

    assert any("label" in line for line in ux.show(chromium, broken).axe_violations())


def test_the_palette_opens_by_key_and_gives_the_focus_back(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["light"]).page
    page.locator("[data-open-palette]").focus()

    page.keyboard.press("Control+k")
    opened = page.evaluate("document.activeElement.id")
    page.keyboard.press("Escape")

    assert opened == "palette-query"
    assert page.evaluate("document.activeElement.matches('[data-open-palette]')")


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["light"]).page
    focused = page.evaluate("document.activeElement.className")

    page.locator(".error-summary a").first.click()

    assert focused == "error-summary"
    assert page.evaluate("document.activeElement.id") == "id_title"


def test_the_theme_changes_at_once_and_is_kept_in_the_cookie(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["light"]).page

    page.locator("theme-toggle button").click()

    assert page.evaluate("document.documentElement.dataset.theme ?? ''") == ""
    assert "theme=" in page.evaluate("document.cookie")


def test_a_menu_closes_by_escape_and_gives_the_focus_back(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["light"]).page
    page.locator(".head-actions .menu summary").click()
    opened = page.locator(".head-actions .menu").get_attribute("open")

    page.keyboard.press("Escape")

    assert opened is not None
    assert page.locator(".head-actions .menu").get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_selecting_rows_says_how_many(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["light"]).page

    page.locator(".pick-all").check()

    assert page.locator("[data-selected]").inner_text() == "4 selected"


def test_without_script_menus_and_navigation_still_open(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["light"], width=360, script=False).page

    page.locator(".menu-button").click()

    assert page.locator("#main-navigation").is_visible()
    assert page.locator("h1").inner_text() == "Components"


class RowServer:
    """Answers the rows of the grid; while it is down, requests fail as they do without a network."""

    def __init__(self, page: Page) -> None:
        self.received: list[dict[str, list[str]]] = []
        self.tokens: list[str] = []
        self.is_down = False
        page.route("**/rows/*", self.answer)

    def answer(self, route: Route) -> None:
        if self.is_down:
            route.abort()
            return
        self.received.append(parse_qs(route.request.post_data or ""))
        self.tokens.append(route.request.headers.get("x-csrftoken", ""))
        row = route.request.url.rsplit("/", 1)[-1]
        route.fulfill(body=f'<span class="saved" id="saved-{row}" role="status">Saved 10:42</span>')


def test_the_grid_is_decided_by_keyboard(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["grid"]).page
    server = RowServer(page)
    page.locator("#row-1 [data-key=ref]").focus()

    page.keyboard.press("y")
    page.keyboard.press("y")
    page.keyboard.press("n")
    page.keyboard.type("Nothing is bought.")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator("#saved-3")).to_have_text("Saved 10:42")
    page.wait_for_timeout(400)

    assert page.locator("input[type=radio]:checked").count() == 3
    assert page.locator("#row-3").get_attribute("class") == "left-out"
    assert page.evaluate("document.activeElement.closest('tr').id") == "row-3"
    assert page.locator("#row-3 select").input_value() == "planned"
    assert server.received[-1]["why-3"] == ["Nothing is bought."]
    assert all(server.tokens)


def test_single_keys_write_in_text_fields_and_can_be_turned_off(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["grid"]).page
    RowServer(page)
    page.locator("#row-1 textarea").focus()
    page.keyboard.type("yn")
    page.evaluate("localStorage.setItem('single-key-shortcuts', 'off')")
    page.locator("#row-2 [data-key=ref]").focus()

    page.keyboard.press("y")

    assert page.locator("#row-1 textarea").input_value() == "yn"
    assert page.locator("input[type=radio]:checked").count() == 0


def test_a_row_that_could_not_be_sent_is_sent_again(chromium: Browser, pages: Pages) -> None:
    page = ux.show(chromium, pages["grid"]).page
    server = RowServer(page)
    server.is_down = True
    page.locator("#row-1 [data-key=ref]").focus()
    page.keyboard.press("y")
    expect(page.locator("#toast")).to_have_text("Not saved. Retrying.")

    server.is_down = False
    expect(page.locator("#toast")).to_have_text("Saved.")

    assert [request["applies-1"] for request in server.received] == [["yes"]]
    assert "Saved" in page.locator("#saved-1").inner_text()


@pytest.mark.parametrize("width", [1440, 360])
def test_the_grid_has_no_accessibility_violation(chromium: Browser, pages: Pages, width: int) -> None:
    shown = ux.show(chromium, pages["grid"], width=width)

    assert shown.axe_violations() == []
    assert shown.complaints == []
    assert shown.sideways_scroll() == 0
