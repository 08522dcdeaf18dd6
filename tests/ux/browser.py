"""A Chromium that shows rendered HTML with the real static files and the real content security policy."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://portal.test"
CHROMIUM = "/usr/bin/chromium"
AXE = ROOT / "tests/vendor/axe-4.14.1.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


@dataclass
class Shown:
    page: Page
    complaints: list[str] = field(default_factory=list)

    def axe_violations(self, *, rules: list[str] | None = None) -> list[str]:
        """One line per rule that fails, with the first place where it does. What holds is not described."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        wanted = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": AXE_TAGS}
        result: dict[str, Any] = self.page.evaluate(
            "wanted => axe.run(document, {runOnly: wanted, resultTypes: ['violations']})", wanted
        )
        return [
            f"{violation['id']} ({len(violation['nodes'])}): {violation['nodes'][0]['html'][:200]}"
            f" {violation['nodes'][0]['failureSummary'][:300]}"
            for violation in result["violations"]
        ]

    def sideways_scroll(self) -> int:
        """By how many pixels the page is wider than its window."""
        wider: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return max(wider, 0)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def show(browser: Browser, html: str, *, width: int = 1440, script: bool = True) -> Shown:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", java_script_enabled=script
    )
    page = context.new_page()
    page.set_default_timeout(5000)
    shown = Shown(page)
    page.on("console", lambda message: _note(shown, message.type, message.text))
    page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    page.route("**/*", lambda route: _answer(route, html))
    page.goto(f"{ORIGIN}/", wait_until="load")
    return shown


def _note(shown: Shown, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        shown.complaints.append(text)


def _answer(route: Route, html: str) -> None:
    path = route.request.url.removeprefix(ORIGIN).split("?")[0]
    if path.startswith("/static/"):
        file = ROOT / path.lstrip("/")
        kind = mimetypes.guess_type(file.name)[0] or "font/woff2"
        route.fulfill(body=file.read_bytes(), content_type=kind)
    else:
        headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
        route.fulfill(body=html, headers=headers)
