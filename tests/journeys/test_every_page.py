"""The pages of an organization with two years of records: accessible, inside the policy, never too wide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

LEAD = "amara@meridian-health.example"
LISTS = (
    "",
    "work/",
    "calendar/",
    "systems/",
    "systems/fields/",
    "systems/sectors/",
    "systems/export/",
    "discovery/",
    "discovery/surveys/",
    "suppliers/",
    "suppliers/names/",
    "incidents/",
    "incidents/trends/",
    "incidents/clauses/",
    "risks/",
    "impact-assessments/",
    "controls/",
    "clauses/",
    "applicability/",
    "evidence/",
    "audits/",
    "findings/",
    "certification/",
    "engagements/",
    "packs/",
    "context/",
    "context/issues/",
    "context/parties/",
    "context/requirements/",
    "context/governance/",
    "context/decisions/",
    "scope/",
    "people/",
    "people/permissions/",
    "api-keys/",
    "jobs/",
    "notifications/",
    "search/?q=risk",
    "help/",
    "trail/",
    "settings/",
)
#: The first record of a register, opened by its link.
RECORDS = (
    "systems/",
    "suppliers/",
    "models/",
    "data-sets/",
    "disclosures/",
    "changes/",
    "incidents/",
    "risks/",
    "impact-assessments/",
    "controls/",
    "evidence/",
    "audits/",
    "findings/",
    "packs/",
)
FORMS = (
    "systems/new/",
    "suppliers/new/",
    "incidents/new/",
    "discovery/report/",
    "discovery/import/",
    "systems/imports/new/",
    "evidence/new/",
    "engagements/new/",
)
WIDTHS = (1440, 360)
NARROWEST = 320


def test_pages_are_accessible_in_both_themes_and_on_phones(
    demo: str, visitor: Callable[..., Visitor]
) -> None:
    amara = visitor(LEAD)
    found = [
        f"{path}: {complaint}"
        for path in [*LISTS, *FORMS, *first_records(amara, demo)]
        for complaint in complaints_about(amara, demo + path)
    ]

    assert not found, "\n".join(found)


def first_records(amara: Visitor, demo: str) -> list[str]:
    found = []
    for register in RECORDS:
        amara.open(demo + register)
        links = amara.page.locator("main tbody th a, main .evidence-list a")
        address = links.first.get_attribute("href")
        assert address is not None and address.startswith(demo + register), register
        found.append(address.removeprefix(demo))
    return found


def complaints_about(amara: Visitor, path: str) -> list[str]:
    """Everything at both widths; in the dark the colours alone, for nothing else differs there."""
    amara.complaints.clear()
    status = amara.open(path)
    assert status == 200, f"{path} answered {status}"
    found = []
    for width in WIDTHS:
        amara.page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width} {line}" for line in amara.shown.axe_violations()]
        if too_wide := amara.shown.sideways_scroll():
            found.append(f"{width}: {too_wide} pixels too wide")
    amara.page.set_viewport_size({"width": NARROWEST, "height": 900})
    if too_wide := amara.shown.sideways_scroll():
        found.append(f"{NARROWEST}: {too_wide} pixels too wide")
    amara.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    amara.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    found += [f"dark {line}" for line in amara.shown.axe_violations(rules=["color-contrast"])]
    return found + amara.complaints
