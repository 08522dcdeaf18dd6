"""The pages of controls, clauses and treatments."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils.html import escape

from aims.core.tenancy.context import acting_in
from controls import library, places, queries, services
from controls.models import Control, ControlEvidence, TreatmentControl
from risk.models import Risk
from tests.cast import TODAY, House, as_member
from tests.controls.conftest import TARGET, Desk
from tests.core.evidence_sample import accepted
from tests.queries import count_queries


@pytest.fixture
def lead(desk: Desk) -> Client:
    return as_member(desk.house, "lead")


def url(desk: Desk, path: str) -> str:
    return desk.house.url(path)


def text_of(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode())  # type: ignore[attr-defined]


def test_the_library_lists_38_controls_under_nine_objectives(desk: Desk, lead: Client):
    page = text_of(lead.get(url(desk, "controls/")))

    for each in library.controls():
        assert escape(each.title) in page
    assert page.count("<h2>A.") == 9


def test_the_library_filters_by_status_owner_and_words(desk: Desk, lead: Client):
    desk.planned("A.6.2.4")
    owner = desk.house.member["control_owner"].pk

    for query in ("state=planned", f"owner={owner}", "text=6.2.4"):
        page = text_of(lead.get(url(desk, f"controls/?{query}")))
        assert "A.6.2.4" in page
        assert "A.2.2" not in page
    assert "Nothing matches" in text_of(lead.get(url(desk, "controls/?text=zebra")))


def test_a_library_of_68_controls_costs_as_many_queries_as_one_of_38(desk: Desk, lead: Client):
    with count_queries() as of_38:
        lead.get(url(desk, "controls/"))
    more_controls(desk)
    with count_queries() as of_68:
        lead.get(url(desk, "controls/"))

    assert len(of_68) == len(of_38), of_68


def more_controls(desk: Desk) -> None:
    """Thirty own controls, each with evidence and a treatment of its own."""
    desk.treated_risk("A.6.2.4")
    risk = Risk.objects.get()
    item = accepted(desk.house)
    for number in range(30):
        control = desk.do(
            services.add_control,
            "lead",
            reference=f"OC-{number}",
            title="Own",
            owner=desk.house.member["control_owner"],
        )
        ControlEvidence.objects.create(control=control, evidence=item)
        TreatmentControl.objects.create(control=control, risk=risk)


def test_a_control_page_shows_guidance_evidence_risks_and_history(desk: Desk, lead: Client):
    control = desk.verified("A.6.2.4")
    risk = desk.treated_risk("A.6.2.4")

    page = text_of(lead.get(url(desk, f"controls/{control.pk}/")))

    guide = library.control("A.6.2.4")
    assert guide.guidance.split(".")[0] in page
    assert escape(guide.evidence[0]) in page
    assert risk.reference in page
    assert "Report on A.6.2.4" in page
    assert "Current evidence" in page
    assert "Ran 20 cases" in page
    assert "Lena Lead" in page or "Ines Internal" in page


def test_every_control_has_a_page(desk: Desk, lead: Client):
    for pk in Control.objects.values_list("pk", flat=True)[::6]:
        assert lead.get(url(desk, f"controls/{pk}/")).status_code == 200


def test_a_control_page_costs_the_same_with_one_and_30_links(desk: Desk, lead: Client):
    control = desk.owned("A.6.2.4")
    desk.show(control)
    desk.treated_risk("A.6.2.4")
    address = url(desk, f"controls/{control.pk}/")
    lead.get(address)
    with count_queries() as few:
        lead.get(address)
    for number in range(29):
        desk.show(control, title=f"Report {number}")
    with count_queries() as many:
        lead.get(address)

    assert len(many) == len(few), many


def test_confidential_evidence_is_counted_and_not_named_to_those_outside(desk: Desk):
    control = desk.owned("A.6.2.4")
    item = accepted(desk.house, title="Secret report")
    type(item).objects.filter(pk=item.pk).update(is_confidential=True, submitted_by=desk.house.member["lead"])
    ControlEvidence.objects.create(control=control, evidence=item)

    seen = text_of(as_member(desk.house, "lead").get(url(desk, f"controls/{control.pk}/")))
    unseen = text_of(as_member(desk.house, "risk_owner").get(url(desk, f"controls/{control.pk}/")))

    assert "Secret report" in seen
    assert "Secret report" not in unseen
    assert "1 confidential item not shown" in unseen


def test_a_control_is_moved_by_its_buttons(desk: Desk):
    control = desk.planned()
    client = as_member(desk.house, "control_owner")

    answer = client.post(url(desk, f"controls/{control.pk}/act/start/"))

    assert answer.status_code == 302
    assert desk.control().state == "in_progress"


def test_a_step_that_is_refused_says_why_and_changes_nothing(desk: Desk):
    control = desk.in_progress()
    client = as_member(desk.house, "control_owner")

    answer = client.post(url(desk, f"controls/{control.pk}/act/complete/"))

    assert answer.status_code == 422
    assert "Link at least one current evidence item" in text_of(answer)
    assert desk.control().state == "in_progress"


@pytest.mark.parametrize("action", ["exclude", "include", "verify", "nothing"])
def test_only_the_plain_steps_have_a_button(desk: Desk, lead: Client, action: str):
    control = desk.control()

    assert lead.post(url(desk, f"controls/{control.pk}/act/{action}/")).status_code == 404
    assert desk.control().state == "not_started"


def test_a_control_is_verified_with_what_was_seen(desk: Desk):
    control = desk.implemented()
    client = as_member(desk.house, "internal_auditor")
    address = url(desk, f"controls/{control.pk}/verify/")

    assert client.get(address).status_code == 200
    assert client.post(address, {"test_record": ""}).status_code == 422
    assert client.post(address, {"test_record": "Sampled 5 releases"}).status_code == 302

    assert desk.control().test_record == "Sampled 5 releases"


def test_a_failure_is_reported_with_its_cause(desk: Desk):
    control = desk.verified()
    client = as_member(desk.house, "internal_auditor")
    address = url(desk, f"controls/{control.pk}/degrade/")

    refused = client.post(address, {"cause": "finding_raised", "reason": ""})
    assert "Name the test or the finding" in text_of(refused)
    assert desk.control().state == "verified"
    client.post(address, {"cause": "finding_raised", "reason": "F-003: logs incomplete"})

    assert desk.control().state == "degraded"


def test_editing_keeps_what_was_typed_when_somebody_was_faster(desk: Desk, lead: Client):
    control = desk.control()
    address = url(desk, f"controls/{control.pk}/edit/")
    assert lead.get(address).status_code == 200
    desk.edit(control, how_implemented="By somebody else")

    answer = lead.post(address, {"row_version": 1, "how_implemented": "Mine"})

    assert answer.status_code == 409
    page = text_of(answer)
    assert "By somebody else" in page
    assert "Mine" in page
    assert desk.control().how_implemented == "By somebody else"


def test_editing_writes_the_private_licensed_text(desk: Desk, lead: Client):
    control = desk.control()
    data = {"row_version": 1, "licensed_text": "From our copy", "target_date": TARGET.isoformat()}

    assert lead.post(url(desk, f"controls/{control.pk}/edit/"), data).status_code == 302

    assert desk.control().licensed_text == "From our copy"
    assert desk.control().target_date == TARGET


def test_an_own_control_is_added_by_its_form(desk: Desk, lead: Client):
    address = url(desk, "controls/new/")
    assert lead.get(address).status_code == 200

    refused = lead.post(address, {"reference": "A.9.9", "title": "Kill switch"})
    assert refused.status_code == 422
    assert "stands for Annex A" in text_of(refused)
    assert Control.objects.count() == 38
    lead.post(address, {"reference": "OC-1", "title": "Kill switch", "description": "Stops a model"})

    control = Control.objects.get(reference="OC-1")
    assert "Stops a model" in text_of(lead.get(url(desk, f"controls/{control.pk}/")))


def test_evidence_is_linked_and_unlinked_on_the_page(desk: Desk):
    control = desk.owned()
    item = accepted(desk.house)
    client = as_member(desk.house, "control_owner")

    client.post(url(desk, f"controls/{control.pk}/evidence/"), {"evidence": item.pk})
    assert ControlEvidence.objects.filter(control=control, evidence=item).exists()
    client.post(url(desk, f"controls/{control.pk}/evidence/{item.pk}/unlink/"))

    assert not ControlEvidence.objects.exists()


def test_the_clauses_are_32_pages(desk: Desk, lead: Client):
    page = text_of(lead.get(url(desk, "clauses/")))

    assert len(library.clauses()) == 32
    for each in library.clauses():
        assert f"/clauses/{each.ref}/" in page
    for each in library.clauses()[::5]:
        one = text_of(lead.get(url(desk, f"clauses/{each.ref}/")))
        assert escape(each.summary.split(".")[0]) in one
    assert lead.get(url(desk, "clauses/99/")).status_code == 404


def test_staff_and_admin_do_not_read_controls(desk: Desk):
    for who in ("staff", "admin"):
        client = as_member(desk.house, who)
        for path in ("controls/", "clauses/", "applicability/"):
            assert client.get(url(desk, path)).status_code == 403


def test_another_organizations_control_is_not_found(desk: Desk, other_house: House):
    stranger = as_member(other_house, "lead")
    control = desk.control()

    assert stranger.get(other_house.url(f"controls/{control.pk}/")).status_code == 404
    assert stranger.get(url(desk, f"controls/{control.pk}/")).status_code == 404
    assert stranger.post(other_house.url(f"controls/{control.pk}/act/plan/")).status_code == 404


# Treatment


def test_the_controls_that_the_scenario_suggests_come_first(desk: Desk):
    from risk import taxonomy

    scenario = taxonomy.scenarios()[0]
    risk = desk.ward.evaluated()
    Risk.objects.filter(pk=risk.pk).update(scenario=scenario.id)
    client = as_member(desk.house, "risk_owner")

    page = text_of(client.get(url(desk, f"risks/{risk.pk}/treatment/")))

    suggested, _, others = page.partition("Other controls")
    for reference in scenario.suggested_controls:
        assert f">{reference}<" in suggested
        assert f">{reference}<" not in others
    assert others.count('name="controls"') == 38 - len(set(scenario.suggested_controls))


def test_a_treatment_is_planned_with_its_controls(desk: Desk):
    risk = desk.ward.evaluated()
    client = as_member(desk.house, "risk_owner")
    controls = [desk.control("A.6.2.4").pk, desk.control("A.7.4").pk]

    answer = client.post(
        url(desk, f"risks/{risk.pk}/treatment/"),
        {"option": "modify", "controls": controls, "plan": "Test more", "due_date": "2099-01-31"},
    )

    assert answer.status_code == 302
    risk.refresh_from_db()
    assert (risk.state, risk.option) == ("treatment_planned", "modify")
    linked = TreatmentControl.objects.filter(risk=risk).values_list("control__reference", flat=True)
    assert sorted(linked) == ["A.6.2.4", "A.7.4"]


def test_modifying_without_controls_is_refused_and_links_nothing(desk: Desk):
    risk = desk.ward.evaluated()
    client = as_member(desk.house, "risk_owner")

    answer = client.post(
        url(desk, f"risks/{risk.pk}/treatment/"),
        {"option": "modify", "plan": "Test more", "due_date": "2099-01-31"},
    )

    assert answer.status_code == 422
    assert "Choose at least one control" in text_of(answer)
    risk.refresh_from_db()
    assert (risk.state, risk.option) == ("evaluated", "")
    assert not TreatmentControl.objects.exists()


def test_a_refused_risk_step_undoes_the_links(desk: Desk):
    risk = desk.ward.evaluated()
    client = as_member(desk.house, "risk_owner")

    answer = client.post(
        url(desk, f"risks/{risk.pk}/treatment/"),
        {"option": "modify", "controls": [desk.control().pk], "plan": "", "due_date": "2099-01-31"},
    )

    assert answer.status_code == 422
    assert "checked" in text_of(answer)
    assert not TreatmentControl.objects.exists()


def test_a_plan_is_revised_with_other_controls(desk: Desk):
    risk = desk.treated_risk("A.6.2.4")
    client = as_member(desk.house, "risk_owner")
    address = url(desk, f"risks/{risk.pk}/treatment/")
    assert "Revise the treatment" in text_of(client.get(address))

    client.post(
        address,
        {
            "option": "modify",
            "controls": [desk.control("A.7.4").pk],
            "plan": "Other data",
            "due_date": "2099-01-31",
        },
    )

    linked = TreatmentControl.objects.filter(risk=risk).values_list("control__reference", flat=True)
    assert list(linked) == ["A.7.4"]
    risk.refresh_from_db()
    assert risk.treatment_plan == "Other data"


def test_only_the_owner_of_a_risk_chooses_its_controls(desk: Desk):
    risk = desk.ward.evaluated()

    for who in ("lead", "control_owner", "top", "staff"):
        client = as_member(desk.house, who)
        assert client.get(url(desk, f"risks/{risk.pk}/treatment/")).status_code == 403
    assert not TreatmentControl.objects.exists()


def test_the_number_of_controls_without_evidence_opens_exactly_them(house: House, lead: Client) -> None:
    with acting_in(house.organization):
        without = queries.controls_without_evidence(TODAY)
        Control.objects.filter(pk=without[0].pk).update(state="excluded")
        stat = places.home(house.lead, TODAY)["stats"][0]

    page = lead.get(stat["url"])

    shown = [row.control.pk for group in page.context["groups"] for row in group.rows]
    assert stat["value"] == len(without) - 1
    assert sorted(shown) == sorted(control.pk for control in without[1:])
