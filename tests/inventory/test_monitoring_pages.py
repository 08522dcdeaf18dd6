"""Pages and API of metrics, readings and alerts."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from aims.core.tenancy.context import acting_in
from inventory.models import Alert, Metric, MetricReading, ReEvaluationProposal
from inventory.services import alerts, readings
from inventory.services.readings import Sent
from tests.cast import NOW, House, as_member
from tests.inventory.factories import a_complete_system
from tests.inventory.test_api import Api
from tests.inventory.test_columns import sheet
from tests.inventory.test_monitoring import DAY, a_metric, send
from tests.queries import count_queries


def make(house: House, first: int, last: int) -> None:
    """So many metrics of one system, each with a reading and an alert."""
    with acting_in(house.organization):
        known = Metric.objects.select_related("system").first()
        system = known.system if known else a_complete_system(house, stage="operation_monitoring")
        for number in range(first, last):
            metric = a_metric(house, system, name=f"Metric {number}", kind="drift")
            send(house, metric, 0.5)


@pytest.fixture
def metric(house: House) -> Metric:
    with acting_in(house.organization):
        return a_metric(house)


@pytest.mark.parametrize(("path", "words"), [("metrics/", "No metrics yet"), ("alerts/", "No alerts")])
def test_an_empty_register_says_what_to_do(house, lead, path, words):
    assert words in lead.get(house.url(path)).content.decode()


@pytest.mark.parametrize(
    ("path", "ref"),
    [("metrics/", "MET-0"), ("metrics/csv/", "MET-0"), ("alerts/", "ALR-0"), ("alerts/csv/", "ALR-0")],
)
def test_the_registers_take_as_many_queries_for_thirty_rows_as_for_one(house, lead, path, ref):
    make(house, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url(path)).status_code == 200
    make(house, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(path)).content.decode()

    assert page.count(ref) == 30
    assert len(one) == len(thirty) <= 10, thirty


@pytest.mark.parametrize("path", ["metrics", "alerts", "readings", "re-evaluations"])
def test_the_api_lists_take_as_many_queries_for_thirty_rows_as_for_one(house, path):
    api = Api(house, "metrics:read")
    make(house, 0, 1)
    with acting_in(house.organization):
        Metric.objects.update(kind="safety")
        send(house, Metric.objects.select_related("system").get(), 0.4, start=NOW - 9 * DAY)
    with count_queries() as one:
        assert api.get(path).status_code == 200
    make(house, 1, 30)
    with count_queries() as thirty:
        count = api.get(path).json()["count"]

    assert count == {"re-evaluations": 1, "readings": 31}.get(path, 30)
    assert len(one) == len(thirty), thirty


def test_the_page_of_a_metric_takes_as_many_queries_for_many_readings_as_for_one(house, lead, metric):
    with acting_in(house.organization):
        send(house, metric, 0.95)
    with count_queries() as one:
        assert lead.get(house.url(f"metrics/{metric.pk}/")).status_code == 200
    with acting_in(house.organization):
        send(house, metric, *[0.9 + place % 7 / 100 for place in range(300)], start=NOW - 400 * DAY)
        send(house, metric, 0.5, start=NOW - 450 * DAY)
    with count_queries() as many:
        page = lead.get(house.url(f"metrics/{metric.pk}/?days=")).content.decode()

    assert "from all 302 readings shown" in page and "ALR-001" in page
    assert len(one) == len(many) <= 10, many


def test_the_page_of_a_system_shows_its_metrics_and_alerts(house, lead):
    make(house, 0, 2)
    with acting_in(house.organization):
        system = Metric.objects.first().system_id
    page = lead.get(house.url(f"systems/{system}/")).content.decode()

    assert "MET-002" in page and "ALR-002" in page and "Proposed metrics" in page


def test_a_metric_is_registered_with_groups_edited_paused_and_activated_on_its_pages(house, lead):
    with acting_in(house.organization):
        system = a_complete_system(house, stage="operation_monitoring")
    sent = {
        "system": system.pk,
        "name": "Recall",
        "kind": "accuracy",
        "source": "manual",
        "frequency": "weekly",
        "direction": "higher",
        "critical_low": "0.8",
        "groups": "children: critical_low=0.8512345678\nadults",
        "chart": "individuals",
        "warning_breaches": 2,
        "warning_of": 3,
        "critical_breaches": 1,
        "critical_of": 1,
        "escalate_hours": 24,
        "recurrence_days": 30,
        "is_active": "on",
    }
    made = lead.post(house.url("metrics/new/"), sent)
    with acting_in(house.organization):
        metric = Metric.objects.get()
    assert made.headers["Location"] == house.url(f"metrics/{metric.pk}/")
    assert metric.groups == {"children": {"critical_low": 0.8512345678}, "adults": {}}

    form = lead.get(house.url(f"metrics/{metric.pk}/edit/")).content.decode()
    assert "children: critical_low=0.8512345678" in form
    page = lead.get(house.url(f"metrics/{metric.pk}/")).content.decode()
    assert "<p>Critical below 0.8512</p>" in page and "<p>Critical below 0.8000</p>" in page
    twice = lead.post(house.url("metrics/new/"), {**sent, "name": "Two", "groups": "x\nx: critical_low=0.85"})
    assert twice.status_code == 422 and "x stands there twice" in twice.content.decode()
    wrong = lead.post(house.url("metrics/new/"), {**sent, "name": "Two", "groups": "x: lowest=1"})
    assert wrong.status_code == 422 and "write limits as" in wrong.content.decode()
    base = house.url(f"metrics/{metric.pk}/")
    assert lead.post(f"{base}pause/", {"reason": "Moving"}).status_code == 302
    assert "Moving" in lead.get(base).content.decode()
    assert lead.post(f"{base}activate/").status_code == 302
    with acting_in(house.organization):
        assert Metric.objects.get().is_active


def upload(client, house, metric, text):
    file = SimpleUploadedFile("readings.csv", text.encode())
    return client.post(house.url(f"metrics/{metric.pk}/readings/upload/"), {"file": file})


def test_a_file_of_readings_is_taken_whole(house, lead, metric):
    text = "at;value;id\n2026-10-01;0,95;a\n2026-10-02T08:00+02:00;0.94;b\n\n2026-10-01;0.95;a\n"
    assert upload(lead, house, metric, text).status_code == 302

    with acting_in(house.organization):
        found = MetricReading.objects.order_by("at")
        assert [each.value for each in found] == [0.95, 0.94]
        assert found[0].batch.note == "readings.csv"
        assert found[1].at == datetime.datetime(2026, 10, 2, 6, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("when,value\n2026-10-01,1\n", ["Missing: at"]),
        ("\n", ["Missing: at, value"]),
        ("at,value,grupe\n2026-10-01,0.9,adults\n", ["Unknown: grupe. Known: at, value, group"]),
        ("at,value,Value\n2026-10-01,0.9,0.8\n", ["Twice: value."]),
        ("at,value\n", ["Send from 1"]),
        ("at,value\n2026-10-01,high\nsoon,0.9\n", ["row 2: “high” is no number", "row 3: “soon” is no time"]),
        ("at,value\n2026-10-01,nan\n", ["row 2: The value is not a finite number"]),
        ("at,value\n2026-10-01,0.9\n2999-10-01,0.9\n", ["row 3: The time lies in the future"]),
        ("at,value,unit\n2026-10-01,0.9,%\n", ["row 2: The unit is share"]),
        ("at,value,group\n2026-10-01,0.9,left\n", ["row 2: “left” is no group"]),
        ("at,value,sample_size\n2026-10-01,0.9,-3\n", ["row 2: “-3” is no whole number"]),
        ('at,value\n"2026-10-01,0.9\n', ["broken near line"]),
        ("at,value\n0001-01-01,0.9\n", ["before the year 2000"]),
        ("at,value\n2026-10-01,1e300\n", ["too large"]),
    ],
)
def test_a_file_that_cannot_be_taken_says_so_row_by_row(house, lead, metric, text, sentences):
    answer = upload(lead, house, metric, text)

    assert answer.status_code == 422
    for sentence in sentences:
        assert sentence in answer.content.decode()
    with acting_in(house.organization):
        assert not MetricReading.objects.exists()


def test_a_reading_is_recorded_by_hand_and_corrected(house, metric):
    owner = as_member(house, "owner")
    base = house.url(f"metrics/{metric.pk}/readings/")
    assert owner.post(base, {"at": "2026-10-01T08:00", "value": "0.95"}).status_code == 302
    with acting_in(house.organization):
        wrong = MetricReading.objects.get()
    sent = {"value": "0.97", "reason": "Misread"}
    assert owner.post(f"{base}{wrong.pk}/correct/", sent).status_code == 302

    page = owner.get(house.url(f"metrics/{metric.pk}/")).content.decode()
    assert "Corrected" in page and "Misread" in page


def test_who_only_reads_sees_no_buttons_and_may_not_send(house, metric):
    reader = as_member(house, "risk_owner")
    page = reader.get(house.url(f"metrics/{metric.pk}/")).content.decode()

    assert "Record reading" not in page and "Pause" not in page
    assert reader.post(house.url(f"metrics/{metric.pk}/readings/"), {}).status_code == 403
    assert as_member(house, "staff").get(house.url("metrics/")).status_code == 403
    assert as_member(house, "staff").get(house.url("alerts/")).status_code == 403


def test_proposals_are_taken_over_on_the_page_of_a_system(house):
    owner = as_member(house, "owner")
    with acting_in(house.organization):
        system = a_complete_system(house, ai_type="speech_audio")
    path = house.url(f"systems/{system.pk}/metrics/")
    assert "Word error rate" in owner.get(path).content.decode()
    assert owner.post(path, {"keys": ["word-error", "override-rate"]}).status_code == 302

    assert "Word error rate" not in owner.get(path).content.decode()
    with acting_in(house.organization):
        assert not Metric.objects.filter(is_active=True).exists()


def test_the_form_of_a_step_of_an_alert_opens_for_who_may_take_it_now(house, metric):
    with acting_in(house.organization):
        send(house, metric, 0.5)
        base = house.url(f"alerts/{Alert.objects.get().pk}/act/")
    owner = as_member(house, "owner")

    too_early = owner.get(f"{base}resolve/")

    assert owner.get(f"{base}acknowledge/").status_code == 200
    assert too_early.status_code == 422
    assert "“Resolve” is not possible while the alert is “Open”" in too_early.text
    assert as_member(house, "control_owner").get(f"{base}acknowledge/").status_code == 403
    assert as_member(house, "control_owner").post(f"{base}resolve/", {}).status_code == 403


def test_an_alert_goes_from_open_to_an_answered_re_evaluation_on_its_pages(house, metric):
    owner = as_member(house, "owner")
    with acting_in(house.organization):
        send(house, metric, 0.5)
        alert, proposal = Alert.objects.get(), ReEvaluationProposal.objects.get()
    base = house.url(f"alerts/{alert.pk}/")
    assert "Is Invoice sorter evaluated again?" in owner.get(base).content.decode()
    assert owner.post(f"{base}act/acknowledge/").status_code == 302
    refused = owner.post(f"{base}act/act/", {"measure": "Retrain"})
    assert refused.status_code == 422 and "Give the day" in refused.content.decode()
    assert owner.post(f"{base}act/act/", {"measure": "Retrain", "due_date": "2027-01-31"}).status_code == 302
    refused = owner.post(f"{base}act/resolve/", {"reason": "Done"})
    assert "not back inside" in refused.content.decode()
    answer = {"answer": "accepted", "reason": "Retrained"}
    assert owner.post(f"{base}re-evaluation/{proposal.pk}/", answer).status_code == 302
    assert owner.post(f"{base}act/resolve/", {"reason": "Done"}).status_code == 302

    with acting_in(house.organization):
        assert Alert.objects.get().state == "resolved"
        assert ReEvaluationProposal.objects.get().answer == "accepted"


def test_the_work_of_owner_and_lead_names_what_waits(house, metric, lead):
    with acting_in(house.organization):
        send(house, metric, 0.5)
    owner = as_member(house, "owner")

    assert "Critical: Limit breached: Sensitivity" in as_text(house, owner, "work/")
    assert "Is Invoice sorter evaluated again?" in as_text(house, lead, "work/")


def as_text(house, client, path) -> str:
    found: str = client.get(house.url(path)).content.decode()
    return found


def test_the_past_shows_what_was_known_then(house, lead, metric):
    yesterday = timezone.localdate() - DAY
    with acting_in(house.organization):
        readings.record_readings(
            actor=house.lead,
            sent=[Sent(metric.reference, 0.95, NOW - 9 * DAY)],
            source="manual",
            now=timezone.now(),
        )
    page = lead.get(house.url(f"metrics/?as_of={yesterday}")).content.decode()

    assert "MET-001" not in page


# The API


@pytest.fixture
def api(house: House) -> Api:
    return Api(house, "metrics:read", "metrics:write")


def batch(of: Metric, *values: float, **more: object) -> dict[str, object]:
    return {
        "readings": [
            {
                "metric": of.reference,
                "value": value,
                "at": f"2026-10-{place + 1:02d}T08:00:00Z",
                "client_id": f"r{place}",
                **more,
            }
            for place, value in enumerate(values)
        ]
    }


def test_readings_come_by_the_api_in_batches_that_may_be_sent_again(house, metric, api):
    first = api.post("readings", batch(metric, 0.95, 0.7))
    again = api.post("readings", batch(metric, 0.95, 0.7, 0.96))

    assert (first.status_code, first.json()["accepted"], first.json()["duplicates"]) == (201, 2, 0)
    assert (again.json()["accepted"], again.json()["duplicates"]) == (1, 2)
    (alert,) = api.get("alerts?view=unfinished").json()["results"]
    assert (alert["severity"], alert["state"]) == ("critical", "open")
    assert api.get(f"readings?metric={metric.pk}&since=2026-10-02T00:00:00Z").json()["count"] == 2
    detail = api.get(f"metrics/{metric.pk}").json()
    assert detail["streams"][0]["last_value"] == 0.96


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"unit": "%"}, "readings.0"),
        ({"group": "none"}, "readings.0"),
        ({"at": "2999-01-01T00:00:00Z"}, "readings.0"),
        ({"metric": "MET-777"}, "readings.0"),
    ],
)
def test_a_faulty_batch_is_refused_with_the_places(house, metric, api, more, where):
    answer = api.post("readings", batch(metric, 0.95, **more))

    assert answer.status_code in (400, 422)
    assert where in answer.content.decode()
    with acting_in(house.organization):
        assert not MetricReading.objects.exists()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", '"much"', "null", "true"])
def test_a_value_that_is_no_number_is_refused(house, metric, api, value):
    sent = f'{{"metric": "{metric.reference}", "at": "2026-10-01T08:00:00Z", "value": {value}}}'
    body = f'{{"readings": [{sent}]}}'
    answer = api.client.post(house.api("readings"), body, content_type="application/json")

    assert 400 <= answer.status_code < 500
    with acting_in(house.organization):
        assert not MetricReading.objects.exists()


def test_more_than_a_thousand_readings_are_refused(house, metric, api):
    sent = {"readings": batch(metric, 0.95)["readings"] * 1001}

    assert api.post("readings", sent).status_code in (400, 422)


def test_metrics_are_kept_by_the_api_and_steps_of_alerts_are_not(house, api):
    with acting_in(house.organization):
        system = a_complete_system(house, stage="operation_monitoring")
    sent = {
        "system_id": system.pk,
        "name": "Recall",
        "kind": "fairness",
        "direction": "higher",
        "critical_low": 0.8,
        "groups": {"children": {"critical_low": 0.9}},
    }
    made = api.post("metrics", sent)
    assert (made.status_code, made.json()["reference"], made.json()["is_active"]) == (201, "MET-001", True)
    path = f"metrics/{made.json()['id']}"
    assert api.post("metrics", {**sent, "name": "R", "direction": "lower"}).status_code == 422
    assert api.post("metrics", {**sent, "name": "R", "system_id": 999_999}).status_code == 400
    assert api.patch(path, {"row_version": 9, "critical_low": 0.7}).status_code == 409
    assert api.patch(path, {"row_version": 1, "critical_low": 0.7}).json()["critical_low"] == 0.7
    assert api.post(f"{path}/pause", {"reason": "Moving"}).json()["is_active"] is False
    assert api.post(f"{path}/activate", {}).json()["is_active"] is True
    keys = [each["key"] for each in api.get("metrics/proposals?ai_type=nlp_classifier").json()]
    assert "accuracy" in keys
    adopted = api.post("metrics/adopt", {"system_id": system.pk, "keys": ["accuracy"]})
    assert len(adopted.json()["metric_ids"]) == 1

    with acting_in(house.organization):
        metric = Metric.objects.select_related("system").get(name="Recall")
        send(house, metric, 0.5, group="children")
        alert, proposal = Alert.objects.get(), ReEvaluationProposal.objects.get()
    assert api.post(f"alerts/{alert.pk}/step", {"action": "acknowledge"}).status_code == 403
    answer = {"answer": "declined", "reason": "No"}
    assert api.post(f"re-evaluations/{proposal.pk}/answer", answer).status_code == 403
    assert api.get(f"alerts/{alert.pk}").json()["re_evaluations"][0]["answer"] == "open"
    assert api.get("re-evaluations?answer=declined").json()["count"] == 0


def test_a_reading_is_corrected_by_the_api(house, metric, api):
    api.post("readings", batch(metric, 0.95))
    (reading,) = api.get("readings").json()["results"]
    right = api.post(f"readings/{reading['id']}/correct", {"value": 0.96, "reason": "Twice"})

    assert (right.status_code, right.json()["corrects_id"]) == (201, reading["id"])


def test_a_key_without_the_scope_and_another_organization_see_nothing(house, metric, other_house):
    assert Api(house, "systems:read").get("metrics").status_code == 403
    assert Api(house, "metrics:read").post("readings", batch(metric, 0.95)).status_code == 403
    stranger = Api(other_house, "metrics:read", "metrics:write")
    assert stranger.get(f"metrics/{metric.pk}").status_code == 404
    answer = stranger.post("readings", batch(metric, 0.95))
    assert "no metric MET-001" in answer.content.decode()
    with acting_in(house.organization):
        assert not MetricReading.objects.exists()


def test_the_clock_of_an_alert_is_shown(house, lead, metric):
    with acting_in(house.organization):
        send(house, metric, 0.5)
        alert = Alert.objects.get()
        alerts.escalate(alert, now=timezone.now())
    page = lead.get(house.url(f"alerts/{alert.pk}/")).content.decode()

    assert "Not acknowledged in time" in page and "Told upwards" in page


def test_the_registers_say_what_came_back_what_waits_and_what_is_paused(house, lead):
    make(house, 0, 2)
    with acting_in(house.organization):
        first = Metric.objects.select_related("system").get(reference="MET-001")
        send(house, first, 0.1 + 0.2, start=NOW + DAY, now=NOW + DAY)
        Alert.objects.filter(reference="ALR-001").update(recurrences=1, state="resolved")
        Alert.objects.filter(reference="ALR-002").update(recurrences=3, due_at=NOW - DAY)
        Metric.objects.filter(reference="MET-002").update(is_active=False)

    page = lead.get(house.url("alerts/?sort=ref")).text
    rows = sheet(lead, house.url("alerts/csv/?columns=due_at,deadline,recurrences&sort=ref"))
    catalogue = lead.get(house.url("metrics/")).text
    usual = sheet(lead, house.url("metrics/csv/"))

    assert re.findall(r"Came back [\w ]+", page) == ["Came back once", "Came back 3 times"]
    assert page.count(">Late</span>") == 1
    assert [bool(row[1]) for row in rows[1:]] == [False, True]
    assert [bool(row[2]) for row in rows[1:]] == [True, True]
    assert [row[3] for row in rows[1:]] == ["1", "3"]
    assert catalogue.count(">Paused</span>") == 1
    assert 'data-l="Value">0.3000 <span class="muted">share</span>' in catalogue
    assert usual[0][1:3] == ["Metric", "Active"] and [row[2] for row in usual[1:]] == ["Yes", "No"]
    assert usual[1][usual[0].index("Value")] == "0.30000000000000004"
