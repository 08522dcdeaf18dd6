"""A person in front of a browser: what they open, press and type, and what the browser complained about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.journeys.portal import PASSWORD
from tests.ux.browser import Shown

LONGEST_WAIT_MS = 20_000
expect.set_options(timeout=LONGEST_WAIT_MS)


@dataclass
class Visitor:
    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    keys: int = 0

    def open(self, path: str) -> int:
        """Go to an address of the portal; returns the status of the answer."""
        answer = self.page.goto(path if path.startswith("http") else self.base + path, wait_until="load")
        assert answer is not None
        return answer.status

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.open("/accounts/login/")
        self.page.locator("[name=login]").fill(email)
        self.page.locator("[name=password]").fill(password)
        self.press("Sign in")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str, *, exact: bool = True) -> None:
        self.page.get_by_role("main").get_by_role("link", name=name, exact=exact).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).first.fill(text)

    def sees(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text)

    def key(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    @property
    def text(self) -> str:
        return self.page.locator("body").inner_text()

    @property
    def shown(self) -> Shown:
        """The page as the checks of tests/ux look at it."""
        return Shown(self.page, self.complaints)


VIOLATIONS = """document.addEventListener('securitypolicyviolation', event => window.noteViolation(
  `the policy refused ${event.blockedURI} by ${event.effectiveDirective} at ${event.sourceFile}`))"""


def visit(browser: Browser, base: str, *, width: int = 1440, script: bool = True, **options: Any) -> Visitor:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        java_script_enabled=script,
        accept_downloads=True,
        **options,
    )
    page = context.new_page()
    page.set_default_timeout(LONGEST_WAIT_MS)
    visitor = Visitor(page, base)
    # Said by the browser itself too, but not for what a style sheet or a worker tries.
    page.expose_function("noteViolation", lambda text: visitor.complaints.append(f"{page.url}: {text}"))
    page.add_init_script(VIOLATIONS)
    page.on("console", lambda message: _note(visitor, message.type, message.text))
    page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    return visitor


def _note(visitor: Visitor, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        visitor.complaints.append(f"{visitor.page.url}: {text}")
