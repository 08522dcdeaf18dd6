"""Pages for people without an account, while an organization is suspended."""

from __future__ import annotations

from django.test import Client

from aims.core.services import operators
from aims.core.tenancy.context import acting_as
from inventory.queries.transparency import content_of
from inventory.services import concerns, transparency
from inventory.services import reporting as forms
from inventory.services.systems import register_system
from tests.cast import NOW, build_house
from tests.operating import MACHINE, OPERATING

pytestmark = OPERATING


def test_a_suspended_organization_answers_outside_as_if_it_were_not_there() -> None:
    house, client = build_house("Meadow Clinic", "meadow"), Client()
    with acting_as(house.lead) as actor:
        form = forms.write_form(actor=actor, public_name="Meadow", text="", row_version=0, now=NOW)
        forms.switch_form(actor=actor, is_on=True, now=NOW)
        _, code = concerns.report_concern(actor=actor, text="It ranks by age", is_anonymous=True, now=NOW)

        system = register_system(actor=actor, name="Triage", now=NOW)
        page = transparency.draft_page(
            actor=actor, system=system, row_version=0, disclosures=(), now=NOW, title="T", publisher="P"
        )
        digest = transparency.digest_of(content_of(page))
        page = transparency.publish_page(actor=actor, page=page, digest=digest, now=NOW)

    def answers() -> list[int]:
        return [
            client.get(f"/report/{form.token}/").status_code,
            client.post("/mailbox/", {"code": code}).status_code,
            client.get(f"/transparency/{page.token}/").status_code,
        ]

    assert answers() == [200, 200, 200]
    operators.suspend_organization(operator=MACHINE, slug="meadow", reason="Unpaid")
    assert answers() == [404, 404, 404]
    operators.resume_organization(operator=MACHINE, slug="meadow", reason="Paid")
    assert answers() == [200, 200, 200]
