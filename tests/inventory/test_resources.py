"""AI models and data sets: verbs, pages, API and pack section."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Notification, TrailEvent
from aims.core.tenancy.context import acting_in
from inventory.models import AIModel, AISystem, DataSet, DataSetSystem, ModelSystem, Prompt
from inventory.places.resources import work
from inventory.sections.resources import sections
from inventory.services import resources as services
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.factories import a_complete_system
from tests.inventory.test_api import Api
from tests.queries import count_queries

NOUNS = [(AIModel, "models"), (DataSet, "data-sets"), (Prompt, "prompts")]
DIGEST = {"algorithm": "sha256", "value": "ab" * 32}
RECALL = {"metric": "recall", "slice": "women over 60", "value": 0.91}


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def a_resource(house: House, model: Any = AIModel, name: str = "Scorer", **values: Any) -> Any:
    return services.register_resource(
        actor=house.lead, model=model, name=name, now=NOW, **{"owner": house.member["owner"], **values}
    )


def stored() -> tuple[Any, ...]:
    return (
        list(AIModel.objects.order_by("pk").values()),
        list(DataSet.objects.order_by("pk").values()),
        list(Prompt.objects.order_by("pk").values()),
        ModelSystem.objects.count(),
        DataSetSystem.objects.count(),
        TrailEvent.objects.count(),
    )


@pytest.mark.parametrize("model", [AIModel, DataSet, Prompt])
def test_a_new_version_is_a_row_of_its_own_and_takes_over_no_measures(inside, model):
    old = a_resource(
        inside, model, version="1", licence="MIT", hashes=[DIGEST], measures=[RECALL], provenance="Ours"
    )
    new = services.supersede_resource(actor=inside.actor("owner"), resource=old, version="2", now=NOW)

    found = model.objects.get(pk=new.pk)
    assert (found.name, found.version, found.licence, found.provenance) == ("Scorer", "2", "MIT", "")
    assert (found.hashes, found.measures, found.supersedes_id) == ([], [], old.pk)
    assert model.objects.get(pk=old.pk).measures == [RECALL]


@pytest.mark.parametrize("model", [AIModel, DataSet, Prompt])
def test_a_replaced_version_is_neither_written_nor_linked_nor_replaced_again(inside, model):
    old, system = a_resource(inside, model, version="1"), a_complete_system(inside)
    services.supersede_resource(actor=inside.lead, resource=old, version="2", now=NOW)
    role, before = model.roles.values[0], stored()
    more = {"actor": inside.lead, "resource": old, "now": NOW}
    for call in (
        lambda: services.edit_resource(row_version=1, changes={"licence": "GPL"}, **more),
        lambda: services.supersede_resource(version="3", **more),
        lambda: services.link_resource(system=system, role=role, **more),
    ):
        with pytest.raises(RuleBroken, match=f"replaced by {model.prefix}-002"):
            call()
    assert stored() == before


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "Give the AI model a name"),
        ({"hashes": [{"algorithm": "sha256", "value": "abc"}]}, "64 hexadecimal digits"),
        ({"hashes": [{"algorithm": "crc", "value": "abc"}]}, "Use one of"),
        ({"measures": [{**RECALL, "value": float("nan")}]}, "is not a number"),
        ({"measures": [RECALL, RECALL]}, "twice"),
        ({"measures": [{**RECALL, "metric": ""}]}, "what was measured"),
        ({"licence": "MIT OR"}, "does not hold together"),
        ({"licence": "(MIT OR Apache-2.0"}, "does not hold together"),
        ({"licence": "—"}, "Give the licence by its name"),
        ({"kind": "magic"}, "kind of AI model"),
        ({"registered_at": NOW}, "cannot be set here"),
    ],
)
def test_what_does_not_hold_together_is_not_written(inside, values, sentence):
    before = stored()
    with pytest.raises(RuleBroken, match=sentence):
        a_resource(inside, **values)
    assert stored() == before


def test_the_same_version_is_entered_once_and_a_period_does_not_end_before_it_begins(inside):
    a_resource(inside, DataSet, "Letters", version="1")
    before = stored()
    with pytest.raises(RuleBroken, match="DAT-001 is this version already"):
        a_resource(inside, DataSet, "LETTERS", version="1")
    with pytest.raises(RuleBroken, match="ends before it begins"):
        a_resource(inside, DataSet, "Calls", collected_from=TODAY, collected_until=TODAY.replace(year=2020))
    assert stored() == before


def test_somebody_faster_is_not_overwritten(inside):
    model = a_resource(inside)
    changes = {"licence": "MIT"}
    services.edit_resource(actor=inside.lead, resource=model, row_version=1, changes=changes, now=NOW)
    before = stored()
    with pytest.raises(StaleState):
        services.edit_resource(
            actor=inside.lead, resource=model, row_version=1, changes={"licence": "GPL"}, now=NOW
        )
    assert stored() == before


@pytest.mark.parametrize("who", ["staff", "admin", "risk_owner", "control_owner", "internal_auditor", "top"])
def test_nobody_but_lead_and_owner_writes(inside, who):
    model, system = a_resource(inside), a_complete_system(inside)
    before, more = stored(), {"actor": inside.actor(who), "now": NOW}
    for call in (
        lambda: services.register_resource(model=AIModel, name="Other", **more),
        lambda: services.edit_resource(resource=model, row_version=1, changes={"licence": "X"}, **more),
        lambda: services.supersede_resource(resource=model, version="2", **more),
        lambda: services.link_resource(resource=model, system=system, role="operation", **more),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert stored() == before


def test_an_owner_writes_nothing_about_what_another_answers_for(inside):
    model = a_resource(inside, owner=inside.member["lead"])
    before = stored()
    with pytest.raises(NotAllowed):
        services.edit_resource(
            actor=inside.actor("owner"), resource=model, row_version=1, changes={"licence": "X"}, now=NOW
        )
    assert stored() == before


def test_a_resource_is_linked_once_in_each_role_and_unlinked(inside):
    data, system = a_resource(inside, DataSet), a_complete_system(inside)
    for role in ("training", "test", "test"):
        services.link_resource(actor=inside.lead, resource=data, system=system, role=role, now=NOW)
    assert sorted(DataSetSystem.objects.values_list("role", flat=True)) == ["test", "training"]
    with pytest.raises(RuleBroken, match="what it is used for"):
        services.link_resource(actor=inside.lead, resource=data, system=system, role="magic", now=NOW)

    services.unlink_resource(actor=inside.lead, link=DataSetSystem.objects.get(role="test"), now=NOW)

    assert list(DataSetSystem.objects.values_list("role", flat=True)) == ["training"]


@pytest.mark.parametrize(("model", "path"), NOUNS)
def test_registers_take_as_many_queries_for_thirty_rows_as_for_one(house, lead, model, path):
    def make(first: int, last: int) -> None:
        with acting_in(house.organization):
            for number in range(first, last):
                made, system = a_resource(house, model, f"Thing {number}"), a_complete_system(house)
                role = model.roles.values[0]
                services.link_resource(actor=house.lead, resource=made, system=system, role=role, now=NOW)

    api, paths = Api(house, "resources:read"), [house.url(f"{path}/"), house.url(f"{path}/csv/")]
    make(0, 1)
    few = []
    for each in paths:
        with count_queries() as one:
            assert lead.get(each).status_code == 200
        few.append(len(one))
    with count_queries() as one:
        api.get(path)
    make(1, 30)
    for each, number in zip(paths, few, strict=True):
        with count_queries() as thirty:
            page = lead.get(each).content.decode()
        assert page.count(f"{model.prefix}-0") == 30
        assert len(thirty) == number <= 11, thirty
    with count_queries() as thirty:
        assert api.get(path).json()["count"] == 30
    assert len(thirty) == len(one)


@pytest.mark.parametrize(("model", "path"), NOUNS)
def test_a_record_takes_as_many_queries_for_thirty_systems_as_for_one(house, lead, model, path):
    with acting_in(house.organization):
        made = a_resource(house, model)

    def link(first: int, last: int) -> None:
        with acting_in(house.organization):
            for number in range(first, last):
                system = a_complete_system(house, name=f"System {number}")
                role = model.roles.values[0]
                services.link_resource(actor=house.lead, resource=made, system=system, role=role, now=NOW)

    link(0, 1)
    with count_queries() as one:
        assert lead.get(house.url(f"{path}/{made.pk}/")).status_code == 200
    link(1, 30)
    with count_queries() as thirty:
        assert "System 29" in lead.get(house.url(f"{path}/{made.pk}/")).content.decode()
    assert len(one) == len(thirty) <= 10, thirty


def test_a_model_is_kept_on_its_pages(house, lead):
    sent = {
        "name": "Scorer",
        "version": "1",
        "kind": "tabular",
        "measures": "recall | women | 0.91\nF1 | 0.8",
    }
    made = lead.post(house.url("models/new/"), {**sent, "hashes": f"SHA-256: {'AB' * 32}"})
    with acting_in(house.organization):
        model, system = AIModel.objects.get(), a_complete_system(house)
    assert made.headers["Location"] == house.url(f"models/{model.pk}/")
    assert model.measures[1] == {"metric": "F1", "slice": "", "value": 0.8}
    assert model.hashes == [DIGEST]
    base = f"models/{model.pk}/"
    assert lead.post(house.url(f"{base}systems/"), {"chosen": system.pk, "role": "base"}).status_code == 302
    assert "Base of training" in lead.get(house.url(f"systems/{system.pk}/")).content.decode()
    assert lead.post(house.url(f"{base}version/"), {"version": "2"}).status_code == 302
    assert "Replaced by MOD-002" in lead.get(house.url(base)).content.decode()
    assert lead.get(house.url(f"{base}history/")).status_code == 200
    panel = lead.get(house.url(f"systems/{system.pk}/")).content.decode()
    assert "Newer version on record" in panel
    refused = lead.post(house.url("models/new/"), {**sent, "version": "9", "measures": "recall is good"})
    assert refused.status_code == 422
    with acting_in(house.organization):
        assert AIModel.objects.count() == 2


def test_owners_of_systems_that_run_on_a_replaced_version_are_told_and_asked_until_the_newer_is_linked(
    inside,
):
    """A candidate, a system that is not in use and one of somebody else ask nothing."""
    old = a_resource(inside, version="1", owner=inside.member["lead"])
    run, tried, idle = (a_complete_system(inside, name=name) for name in ("Run", "Tried", "Idle"))
    AISystem.objects.exclude(pk=idle.pk).update(stage="operation_monitoring")
    for system, role in ((run, "operation"), (tried, "candidate"), (idle, "operation")):
        services.link_resource(actor=inside.lead, resource=old, system=system, role=role, now=NOW)
    owner, other = inside.actor("owner"), inside.actor("risk_owner")
    assert list(work(owner, TODAY)) == []

    new = services.supersede_resource(actor=inside.lead, resource=old, version="2", now=NOW)

    (told,) = Notification.objects.filter(member=inside.member["owner"], text__contains="MOD-002")
    assert (run.name in told.text, told.url.endswith("what-changed/?kind=model")) == (True, True)
    (item,) = work(owner, TODAY)
    assert (item.detail, list(work(other, TODAY))) == (f"{run} still runs on it", [])
    services.link_resource(actor=inside.lead, resource=new, system=run, role="operation", now=NOW)
    assert list(work(owner, TODAY)) == []


def test_the_hash_of_a_prompt_is_that_of_its_text_and_no_other(inside):
    text = "Sort the letter.\r\nName no person."
    digest = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()
    model = a_resource(inside)
    prompt = a_resource(inside, Prompt, "Sorter", version="1", text=text, tools=["mail"], ai_model=model)
    outside = a_resource(inside, Prompt, "Kept elsewhere", text_sha256=digest.upper())
    assert (prompt.text_sha256, outside.text_sha256) == (digest, digest)

    changes = {"text": "Sort it.", "text_sha256": digest}  # as the form sends it: the old one, untouched
    edited = services.edit_resource(
        actor=inside.lead, resource=prompt, row_version=1, changes=changes, now=NOW
    )
    assert edited.text_sha256 == hashlib.sha256(b"Sort it.").hexdigest()
    new = services.supersede_resource(actor=inside.lead, resource=edited, version="2", text="Other.", now=NOW)
    assert (new.text_sha256, new.tools, new.ai_model) == (
        hashlib.sha256(b"Other.").hexdigest(),
        ["mail"],
        model,
    )
    before = stored()
    for values, sentence in (
        ({"text": "Sort.", "text_sha256": digest}, "not the hash of the text"),
        ({"text_sha256": "abc"}, "64 hexadecimal digits"),
    ):
        with pytest.raises(RuleBroken, match=sentence):
            a_resource(inside, Prompt, "Another", **values)
    assert stored() == before


def test_who_only_reads_sees_no_buttons_and_staff_sees_nothing(house):
    with acting_in(house.organization):
        data = a_resource(house, DataSet)
    page = as_member(house, "risk_owner").get(house.url(f"data-sets/{data.pk}/")).content.decode()
    assert "Scorer" in page and "New version" not in page and "Link system" not in page
    assert as_member(house, "staff").get(house.url("data-sets/")).status_code == 403


def test_the_api_keeps_models_and_data_sets(house):
    api = Api(house, "resources:read", "resources:write")
    made = api.post("models", {"name": "Scorer", "version": "1", "measures": [RECALL], "hashes": [DIGEST]})
    assert (made.status_code, made.json()["reference"]) == (201, "MOD-001")
    path = f"models/{made.json()['id']}"
    assert api.patch(path, {"row_version": 1, "licence": "MIT"}).json()["licence"] == "MIT"
    assert api.patch(path, {"row_version": 1, "licence": "GPL"}).status_code == 409
    assert api.patch(path, {"row_version": 2, "supplier_id": 999_999}).status_code == 400
    assert api.post(f"{path}/link-system", {"system_id": 999_999, "role": "base"}).status_code == 400
    odd = api.patch(path, {"row_version": 2, "licence": "GPL", "hashes": [{**DIGEST, "signed": True}]})
    assert (odd.status_code, list(odd.json()["errors"])) == (400, ["hashes.0.signed"])
    assert api.get(path).json()["licence"] == "MIT"
    newer = api.post(f"{path}/new-version", {"version": "2"})
    assert (newer.status_code, newer.json()["supersedes_id"]) == (201, made.json()["id"])
    assert api.get("models?view=superseded").json()["count"] == 1
    assert api.get(path).json()["superseded_by_id"] == newer.json()["id"]
    data = api.post("data-sets", {"name": "Letters", "special_categories": ["health data"]})
    assert data.json()["special_categories"] == ["health data"]
    agent = {"name": "Booker", "kind": "agent", "ai_model_id": newer.json()["id"], "text": "Book."}
    prompt = api.post("prompts", agent).json()
    digest = hashlib.sha256(b"Book.").hexdigest()
    assert (prompt["ai_model_id"], prompt["text_sha256"]) == (newer.json()["id"], digest)
    assert Api(house, "systems:read").get("models").status_code == 403


def test_the_pack_names_each_version_where_it_is_used_and_what_is_missing(inside):
    old = a_resource(inside, version="1", measures=[RECALL], provenance="From the vendor, by contract")
    system = a_complete_system(inside)
    services.link_resource(actor=inside.lead, resource=old, system=system, role="operation", now=NOW)
    services.supersede_resource(actor=inside.lead, resource=old, version="2", now=NOW)

    (section,) = sections(TODAY)

    rows = section.data["models"].rows
    assert [(row[0], row[2], row[6], row[7]) for row in rows] == [
        ("MOD-001", "1", [f"{system.reference} (in operation)"], "MOD-002"),
        ("MOD-002", "2", [], "–"),
    ]
    assert section.data["measures"].rows == [("MOD-001", "recall", "women over 60", 0.91)]
    assert section.data["origins"].rows == [("MOD-001", None, "From the vendor, by contract")]
    assert section.gaps == (
        "MOD-002 Scorer: no licence on record.",
        "MOD-002 Scorer: no provenance on record.",
    )
