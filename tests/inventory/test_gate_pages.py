"""The page of a system's life cycle, its forms, and the same in the API."""

from __future__ import annotations

import pytest

from aims.core.tenancy.context import acting_in
from inventory.models import AISystem, GateRecord, GoLiveRequest, StageRecord
from inventory.services import stage_records
from tests.cast import NOW, House, as_member
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.test_api import Api
from tests.inventory.test_gates import at, retired, step, written
from tests.queries import count_queries


def system_at(house: House, stage: str, **values):
    with acting_in(house.organization):
        return at(house, stage, **values)


@pytest.mark.parametrize(
    "stage", ["proposed", "inception", "deployment", "operation_monitoring", "retirement"]
)
def test_the_page_shows_what_is_missing_with_links(house, lead, stage):
    system = system_at(house, stage)

    page = lead.get(house.url(f"systems/{system.pk}/gates/")).content.decode()

    wanted = {
        "proposed": "Start the screening of its impact.",
        "inception": "stage-records/requirements/",
        "deployment": "go-live-request/",
        "operation_monitoring": "Start re-evaluation",
        "retirement": "stage-records/access_removed/",
    }
    assert wanted[stage] in page


def test_the_record_says_what_its_next_steps_need(house, lead):
    system = system_at(house, "design_development")
    with acting_in(house.organization):
        written(house, system, "data")

    page = lead.get(house.url(f"systems/{system.pk}/")).content.decode()
    auditor = as_auditor(grant_for(house, system))
    audited = auditor.get(house.url(f"systems/{system.pk}/"))

    assert "1 thing missing" in page and "Building is done" in page
    assert "Design documented" in page and "Data records complete" not in page
    assert audited.status_code == 200
    assert "What its next steps need" in page
    assert "What its next steps need" not in audited.content.decode()


def test_only_stages_that_a_step_led_out_of_are_shown_as_done(house, lead):
    found = system_at(house, "operation_monitoring")
    walked = system_at(house, "design_development")
    with acting_in(house.organization):
        for kind in ("design", "data"):
            written(house, walked, kind)
        step(house, walked, "gate_build_done")

    as_found = lead.get(house.url(f"systems/{found.pk}/gates/")).content.decode()
    as_walked = lead.get(house.url(f"systems/{walked.pk}/gates/")).content.decode()

    assert "(done)" not in as_found
    assert as_walked.count("(done)") == 1
    assert 'Design and development<span class="vh"> (done)</span>' in as_walked


def test_a_refused_step_shows_the_way_to_each_missing_thing(house):
    system = system_at(house, "design_development")
    owner, base = as_member(house, "owner"), house.url(f"systems/{system.pk}/")

    before = owner.get(f"{base}gates/gate_build_done/").content.decode()
    refused = owner.post(f"{base}gates/gate_build_done/", {"reason": "Done"}).content.decode()

    for page in (before, refused):
        assert f'href="{base}stage-records/design/"' in page
        assert f'href="{base}stage-records/data/"' in page


def test_the_form_of_a_step_opens_only_for_who_may_take_it(house):
    system = system_at(house, "deployment")
    url = house.url(f"systems/{system.pk}/gates/go_live/")

    assert as_member(house, "owner").get(url).status_code == 403
    assert as_member(house, "top").get(url).status_code == 200


def test_a_step_that_does_not_lead_on_is_refused_before_its_form_is_filled_in(house):
    system = system_at(house, "inception")
    url = house.url(f"systems/{system.pk}/gates/gate_build_done/")
    owner = as_member(house, "owner")

    asked, sent = owner.get(url), owner.post(url, {"reason": "Done"})

    assert (asked.status_code, sent.status_code) == (422, 422)
    for page in (asked.text, sent.text):
        assert "“Building is done” is not possible while the AI system is “Inception”." in page
    assert 'name="reason"' not in asked.text
    assert as_member(house, "staff").get(url).status_code == 403


def test_a_step_that_needs_a_reason_asks_for_it_as_required(house):
    system = system_at(house, "deployment")
    url = house.url(f"systems/{system.pk}/gates/send_back/")
    owner = as_member(house, "owner")

    page = owner.get(url).content.decode()

    assert "Reason</label>" in " ".join(page.split()) and "(optional)" not in page
    assert owner.post(url, {"reason": " "}).status_code == 422


def test_the_pages_of_a_retired_system_offer_nothing_to_write(house):
    with acting_in(house.organization):
        system = retired(house)
    owner, base = as_member(house, "owner"), house.url(f"systems/{system.pk}/")

    page, steps = owner.get(base).content.decode(), owner.get(f"{base}gates/").content.decode()

    assert f"{base}edit/" not in page
    assert "stage-records/" not in steps and "what-changed/" not in steps
    assert "What disposal says" in steps
    refused = owner.post(f"{base}stage-records/disposal/", {"text": "Another", "row_version": 1})
    assert refused.status_code == 422 and "is retired" in refused.content.decode()


def test_a_record_is_written_and_a_gate_passed_on_the_pages(house):
    system = system_at(house, "design_development")
    owner = as_member(house, "owner")
    base = house.url(f"systems/{system.pk}/")
    refused = owner.post(f"{base}gates/gate_build_done/", {"reason": "Done"})
    assert refused.status_code == 422
    assert "2 things are missing." in refused.content.decode()
    assert "Write the record “Design”." in refused.content.decode()
    for kind in ("design", "data"):
        sent = {"text": "What it is made of", "is_complete": "on"}
        assert owner.post(f"{base}stage-records/{kind}/", sent).status_code == 302

    passed = owner.post(f"{base}gates/gate_build_done/", {"reason": "Done"})

    assert passed.headers["Location"] == f"{base}gates/"
    page = owner.get(f"{base}gates/").content.decode()
    assert "Building is done" in page and "Oscar Owner" in page and "SHA-256" in page
    with acting_in(house.organization):
        assert AISystem.objects.get().stage == "verification_validation"


def test_a_record_that_somebody_else_changed_answers_with_a_conflict_and_keeps_theirs(house):
    system = system_at(house, "inception")
    with acting_in(house.organization):
        first = written(house, system, "requirements")
        stage_records.write_stage_record(
            actor=house.lead,
            system=system,
            kind="requirements",
            text="Theirs",
            row_version=first.row_version,
            now=NOW,
        )
    sent = {"text": "Mine", "row_version": first.row_version}

    answer = as_member(house, "owner").post(
        house.url(f"systems/{system.pk}/stage-records/requirements/"), sent
    )

    assert answer.status_code == 409
    with acting_in(house.organization):
        assert StageRecord.objects.get().text == "Theirs"


def test_go_live_is_asked_for_and_withdrawn_and_a_deviation_approved_on_the_pages(house):
    system = system_at(house, "deployment")
    base = house.url(f"systems/{system.pk}/")
    owner, top = as_member(house, "owner"), as_member(house, "top")
    assert owner.post(f"{base}go-live-request/", {"text": "Both sites"}).status_code == 302
    assert "Both sites" in owner.get(f"{base}gates/").content.decode()
    assert owner.post(f"{base}go-live-request/withdraw/").status_code == 302
    with acting_in(house.organization):
        assert GoLiveRequest.objects.get().state == "withdrawn"
        written(house, system, "validation", criteria_met="no", deviation="Recall 0.88")
    assert "Approve deviation" in top.get(f"{base}gates/").content.decode()
    assert owner.post(f"{base}deviation/approve/").status_code == 403

    assert top.post(f"{base}deviation/approve/").status_code == 302

    with acting_in(house.organization):
        assert StageRecord.objects.get().deviation_approved_by_id == house.member["top"].pk


def test_who_only_reads_sees_no_buttons_and_sends_nothing(house):
    system = system_at(house, "operation_monitoring")
    base = house.url(f"systems/{system.pk}/")
    reader = as_member(house, "risk_owner")
    page = reader.get(f"{base}gates/").content.decode()

    assert "Suspend" in page and f"{base}gates/suspend/" not in page
    assert reader.post(f"{base}gates/suspend/", {"reason": "Mine"}).status_code == 403
    assert reader.post(f"{base}stage-records/design/", {"text": "Mine"}).status_code == 403
    assert as_member(house, "staff").get(f"{base}gates/").status_code == 403
    with acting_in(house.organization):
        assert AISystem.objects.get().stage == "operation_monitoring"
        assert not StageRecord.objects.exists()


def test_an_external_auditor_reads_steps_and_records_of_the_systems_of_the_access(house):
    system, other = system_at(house, "design_development"), system_at(house, "design_development")
    with acting_in(house.organization):
        for each in (system, other):
            written(house, each, "design", text=f"Design of {each.pk}")
            written(house, each, "data")
            step(house, each, "gate_build_done", reason=f"Built {each.pk}")
        grant = grant_for(house, system)
    auditor = as_auditor(grant)

    page = auditor.get(house.url(f"systems/{system.pk}/gates/"))

    assert page.status_code == 200
    assert f"Built {system.pk}" in page.content.decode() and f"Design of {system.pk}" in page.content.decode()
    assert auditor.get(house.url(f"systems/{other.pk}/gates/")).status_code == 404


def test_the_page_takes_as_many_queries_for_thirty_steps_as_for_one(house, lead):
    system = system_at(house, "verification_validation")

    def make(count: int) -> None:
        with acting_in(house.organization):
            for number in range(count):
                AISystem.objects.update(stage="suspended")
                system.refresh_from_db()
                step(house, system, "review_suspension", reason=f"Step {number}")

    make(1)
    with count_queries() as one:
        assert lead.get(house.url(f"systems/{system.pk}/gates/")).status_code == 200
    make(29)
    with count_queries() as thirty:
        page = lead.get(house.url(f"systems/{system.pk}/gates/")).content.decode()

    assert page.count("Review the suspension") == 30
    assert len(one) == len(thirty) <= 25, thirty


def test_the_api_names_what_is_missing_and_a_key_starts_a_re_evaluation_only(house):
    api = Api(house, "systems:read", "systems:write", "gates:write")
    system = system_at(house, "deployment")
    path = f"systems/{system.pk}"
    found = {each["action"]: each for each in api.get(f"{path}/gates").json()}
    ready = {each["guard"]: each for each in found["go_live"]["requirements"]}
    assert ready["user information ready"]["is_met"] is False
    assert ready["user information ready"]["url"].endswith("/stage-records/user_information/")
    body = {"kind": "user_information", "text": "What users are told", "is_complete": True}
    assert api.post(f"{path}/write-stage-record", body).json()["state"] == "complete"
    found = {each["action"]: each for each in api.get(f"{path}/gates").json()}
    assert found["go_live"]["requirements"][4]["is_met"] is True
    assert api.post(f"{path}/gate", {"action": "send_back", "reason": "Mine"}).status_code == 403
    with acting_in(house.organization):
        AISystem.objects.update(stage="operation_monitoring")

    refused = api.post(f"{path}/gate", {"action": "trigger_re_evaluation", "trigger": "model"})
    passed = api.post(
        f"{path}/gate", {"action": "trigger_re_evaluation", "trigger": "model", "reason": "Version 3"}
    )

    assert refused.status_code == 422
    assert (passed.status_code, passed.json()["to_stage"]) == (200, "re_evaluation")
    assert [each["action"] for each in api.get(f"{path}/steps").json()] == ["trigger_re_evaluation"]
    assert api.get(f"{path}/stage-records").json()[0]["kind"] == "user_information"
    with acting_in(house.organization):
        assert GateRecord.objects.get().passed_by_id is None
