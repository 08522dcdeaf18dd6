"""What imported files name as parts becomes records, and is found again by later imports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed
from aims.core.models import TrailEvent
from inventory import importing
from inventory.models import AIModel, AISystem, DataSet, DataSetSystem, ModelSystem, SystemComponent
from inventory.services import components as services
from inventory.services import resources
from tests.cast import NOW, House
from tests.inventory.test_api import Api
from tests.inventory.test_importing import uploaded

HASHES = [{"alg": "SHA-256", "content": "AB" * 32}, {"alg": "BLAKE3", "content": "cd" * 32}]


def a_file(system: str, *, model: str = "writer-base", version: str = "3") -> str:
    """An application of a model and a data set, as a tool would write it."""
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "application", "name": system, "bom-ref": "app"}},
            "components": [
                {
                    "type": "machine-learning-model",
                    "name": model,
                    "version": version,
                    "bom-ref": "model",
                    "hashes": HASHES,
                    "licenses": [{"expression": "MIT OR"}],
                },
                {"type": "data", "name": "Letters", "bom-ref": "data"},
                {"type": "library", "name": "parser", "version": "1", "bom-ref": "library"},
            ],
            "dependencies": [{"ref": "app", "dependsOn": ["model", "data", "library"]}],
        }
    )


def imported(house: House, system: str, **values: Any) -> AISystem:
    upload = uploaded(house, a_file(system, **values), name=f"{system}.cdx.json")
    importing.apply_import(actor=house.lead, upload=upload, now=NOW)
    return AISystem.objects.get(name=system)


def words_of_files() -> list[Any]:
    """Everything a file said, without the records that stand for it."""
    said = ("kind", "name", "version", "supplier", "licence", "hashes", "description", "source")
    return list(SystemComponent.objects.order_by("pk").values("system_id", *said))


def test_what_files_name_becomes_one_record_for_each_version_and_the_words_of_the_files_stay(acting):
    first, second = imported(acting, "Letter writer"), imported(acting, "Letter reader")
    before = words_of_files()

    done = services.adopt_components(actor=acting.lead, now=NOW)

    assert (done.registered, done.recognized, done.left) == (2, 0, 0)
    model, data = AIModel.objects.get(), DataSet.objects.get()
    assert (model.name, model.version, model.reference) == ("writer-base", "3", "MOD-001")
    assert model.hashes == [{"algorithm": "sha256", "value": "ab" * 32}]
    for said in (
        f"Named by Letter writer.cdx.json, metadata.component (components[0]) as a part of {first}.",
        "Letter reader.cdx.json",
        "Licence: MIT OR",
        "BLAKE3 " + "cd" * 32,
    ):
        assert said in model.provenance
    assert model.licence == ""
    assert set(ModelSystem.objects.values_list("resource_id", "system_id")) == {
        (model.pk, first.pk),
        (model.pk, second.pk),
    }
    assert set(DataSetSystem.objects.values_list("resource_id", "role")) == {(data.pk, "not_said")}
    assert words_of_files() == before
    assert SystemComponent.objects.filter(ai_model=model).count() == 2
    library = SystemComponent.objects.filter(kind="library").first()
    assert (library.ai_model_id, library.data_set_id) == (None, None)
    assert services.adopt_components(actor=acting.lead, now=NOW).registered == 0


def test_a_later_import_finds_the_record_and_a_newer_version_does_not_pass_for_it(acting):
    imported(acting, "Letter writer")
    services.adopt_components(actor=acting.lead, now=NOW)
    model = AIModel.objects.get()
    row = AIModel.objects.values().get()

    again = imported(acting, "Letter reader", model="Writer-Base")
    imported(acting, "Letter sender", version="4")

    assert AIModel.objects.values().get() == row
    assert ModelSystem.objects.filter(resource=model, system=again).count() == 1
    waiting = SystemComponent.objects.filter(kind="model", ai_model=None)
    assert list(waiting.values_list("version", flat=True)) == ["4"]
    done = services.adopt_components(actor=acting.lead, now=NOW)
    assert (done.registered, sorted(AIModel.objects.values_list("version", flat=True))) == (1, ["3", "4"])


def test_a_record_that_was_typed_is_found_and_a_known_role_takes_the_place_of_one_not_said(acting):
    typed = resources.register_resource(
        actor=acting.lead, model=AIModel, name="WRITER-BASE", version="3", licence="MIT", now=NOW
    )
    system = imported(acting, "Letter writer")

    done = services.adopt_components(actor=acting.lead, now=NOW)
    letters = DataSet.objects.get()
    resources.link_resource(actor=acting.lead, resource=letters, system=system, role="training", now=NOW)

    # Found when the file came in; the data set alone is new.
    assert (done.registered, AIModel.objects.get(), typed.licence) == (1, typed, "MIT")
    # The system's own record names the model, so that it is in operation there.
    assert list(ModelSystem.objects.values_list("role", flat=True)) == ["operation"]
    assert list(DataSetSystem.objects.values_list("role", flat=True)) == ["training"]


def test_an_owner_adopts_the_parts_of_their_own_systems_and_a_reader_none(acting):
    mine = imported(acting, "Letter writer")
    imported(acting, "Letter reader", version="4")
    AISystem.objects.filter(pk=mine.pk).update(owner=acting.member["owner"])
    lines = TrailEvent.objects.count()
    with pytest.raises(NotAllowed):
        services.adopt_components(actor=acting.actor("risk_owner"), now=NOW)
    assert (AIModel.objects.count(), TrailEvent.objects.count()) == (0, lines)

    services.adopt_components(actor=acting.actor("owner"), now=NOW)

    model = AIModel.objects.get()
    assert (model.version, model.owner) == ("3", acting.member["owner"])


def test_page_and_api_say_what_waits_and_take_it_over(acting, lead):
    system = imported(acting, "Letter writer")
    api = Api(acting, "resources:read", "resources:write", "systems:read")
    named = [
        (part["name"], part["record_id"], part["system_ids"]) for part in api.get("models/components").json()
    ]
    assert named == [("writer-base", None, [system.pk]), ("Letters", None, [system.pk])]
    assert "Named by files (1)" in lead.get(acting.url("models/")).content.decode()
    page = lead.get(acting.url("models/components/")).content.decode()
    assert "writer-base" in page and "A new record" in page

    assert lead.post(acting.url("models/components/")).status_code == 302

    model = AIModel.objects.get()
    assert "Nothing waits" in lead.get(acting.url("models/components/")).content.decode()
    assert "Letter writer.cdx.json" in lead.get(acting.url(f"models/{model.pk}/")).content.decode()
    assert f"models/{model.pk}/" in lead.get(acting.url(f"systems/{system.pk}/")).content.decode()
    answer = api.post("models/adopt-components", {})
    assert answer.json() == {"registered": 0, "recognized": 0, "left": 0}
    components = api.get(f"systems/{system.pk}").json()["components"]
    assert [each["ai_model_id"] for each in components if each["kind"] == "model"] == [model.pk]
