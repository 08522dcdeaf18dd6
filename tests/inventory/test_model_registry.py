"""The model registry is read over real TLS from a server process that speaks MLflow's REST API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aims.core import jobs
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import importing, mlflow, registry_reading
from inventory.enums import ImportState
from inventory.models import AIModel, InventoryImport, ModelRegistry
from inventory.services.model_registry import remove_registry, write_registry
from tests.cast import NOW, House
from tests.identity import running
from tests.identity.running import RunningProvider
from tests.inventory.test_api import Api

TOKEN = "s3cret-token"
BEARER = f"Bearer {TOKEN}"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningProvider, Path]]:
    directory = tmp_path_factory.mktemp("mlflow")
    running.make_certificate(directory)
    with running.provider("tests.inventory.mlflow_server", directory) as server:
        yield server, directory / "ca.pem"


@pytest.fixture
def server(process: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> RunningProvider:
    """Allowed by the operator and trusted by its certificate."""
    running_server, authority = process
    settings.FETCH_ALLOWED_HOSTS = [running_server.host]
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    running_server.say(authorization=BEARER)
    found: RunningProvider = running_server
    return found


def connected(house: House, address: str, **values: Any) -> ModelRegistry:
    given = {"token": TOKEN, "row_version": 0, **values}
    return write_registry(actor=house.lead, address=address, now=NOW, **given)


def read(house: House) -> InventoryImport:
    """Asked for, and read as the worker would."""
    upload = registry_reading.start_reading(actor=house.lead, now=NOW)
    assert upload.job is not None
    jobs.run_now(upload.job)
    upload.refresh_from_db()
    return upload


def test_registered_models_become_records_through_the_preview(acting, server):
    connected(acting, f"{server.url}/api/2.0/mlflow/")

    upload = read(acting)

    assert (upload.refusal, upload.state, upload.format) == ("", ImportState.PREVIEWED, "mlflow")
    assert len(upload.sha256) == 64
    assert not AIModel.objects.exists()
    importing.start_apply(actor=acting.lead, upload=upload, expected=4, now=NOW)
    assert list(AIModel.objects.order_by("name", "version").values_list("name", "version")) == [
        ('it\'s "odd" & <b>', "1"),
        ("letter-sorter", "1"),  # the champion
        ("letter-sorter", "3"),
        ("triage", "10"),  # 10 is newer than 9
    ]
    first = AIModel.objects.get(name="letter-sorter", version="1")
    assert (first.licence, first.measures) == (
        "Apache-2.0",
        [{"metric": "accuracy", "slice": "", "value": 0.91}],
    )
    third = AIModel.objects.get(name="letter-sorter", version="3")
    assert third.licence == "MIT"  # its own tag, before those of the model and of the run
    for licence in ("Apache-2.0", "BSD-3-Clause"):
        assert f"Licence by another tag: {licence}" in third.provenance.splitlines()
    assert first.training_data == "letters, d1, s3://letters"
    for line in (
        "Description: Sorts letters by topic.",
        "Tag: team = post room",
        "Registered by: ada",
        "Kept at: s3://models/1",
        "Registered: 2026-01-01",
        "Aliases: champion",
        "Parameters: epochs = 3; lr = 0.01",
        "Commit of the code: abc123",
    ):
        assert line in first.provenance.splitlines()
    told = json.dumps(upload.preview)
    for words in ("loss", "new_field", "FAILED_REGISTRATION", "2 older versions", "perplexity"):
        assert words in told
    assert "log-model.history" not in told
    assert [each["sentence"] for each in upload.preview["notices"]][-1].endswith("“not-trained-yet”.")


def test_every_version_comes_when_every_version_is_asked_for_and_known_ones_stay(acting, server):
    connected(acting, server.url, all_versions=True)
    server.say(authorization=BEARER)

    upload = read(acting)

    assert (upload.resource_count, upload.problem_count) == (6, 0)
    asked = server.say(authorization=BEARER)["asked"]
    assert len([path for path in asked if "/registered-models/search" in path]) == 2
    assert len([path for path in asked if "/model-versions/search" in path]) == 3
    assert len([path for path in asked if "/runs/get" in path]) == 2  # one for each run
    importing.apply_import(actor=acting.lead, upload=upload, now=NOW)
    with pytest.raises(RuleBroken, match="in the inventory already"):
        importing.apply_import(actor=acting.lead, upload=read(acting), now=NOW)
    assert AIModel.objects.count() == 6


def test_a_name_and_a_password_are_sent_as_servers_with_accounts_want_them(acting, server):
    connected(acting, server.url, user_name="portal", token="pass:word")
    server.say(authorization="Basic cG9ydGFsOnBhc3M6d29yZA==")

    assert read(acting).state == ImportState.PREVIEWED


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"authorization": "Bearer other"}, "does not let the portal in"),
        ({"mode": "redirect"}, "sends the request on to another address"),
        ({"mode": "slow"}, "did not answer within 1 seconds"),
        ({"mode": "html"}, "is not what MLflow answers"),
        ({"mode": "deep"}, "is not what MLflow answers"),
        ({"mode": "list"}, "is not what MLflow answers"),
        ({"mode": "huge"}, "is larger than"),
        ({"mode": "broken"}, "answers with the error 500"),
        ({"mode": "loop"}, "sends the same page again and again"),
    ],
)
def test_a_server_that_does_not_answer_as_mlflow_gives_a_sentence(
    acting, server, monkeypatch, said, sentence
):
    monkeypatch.setattr(mlflow, "SECONDS_A_CALL", 1)
    connected(acting, server.url)
    server.say(**{"authorization": BEARER, **said})

    upload = read(acting)

    assert upload.state == ImportState.REFUSED
    assert sentence in upload.refusal
    assert upload.refusal.endswith(".")
    assert TOKEN not in upload.refusal
    assert (upload.preview, AIModel.objects.count()) == ({}, 0)


def test_another_path_and_an_address_inside_are_refused(acting, server, settings):
    connected(acting, f"{server.url}/other")
    assert "has no MLflow at this address" in read(acting).refusal

    settings.FETCH_ALLOWED_HOSTS = []
    assert "port that is not called" in read(acting).refusal
    write_registry(actor=acting.lead, address="https://127.0.0.1", token=TOKEN, row_version=1, now=NOW)
    assert "not a public address" in read(acting).refusal


def test_the_token_is_kept_sealed_and_told_nowhere(house, lead):
    with acting_in(house.organization):
        registry = connected(house, "https://mlflow.example", user_name="portal")
        lines = [event.body for event in TrailEvent.objects.filter(action__startswith="modelregistry")]

    page = lead.get(house.url("systems/imports/registry/")).content.decode()
    form = lead.get(house.url("systems/imports/registry/write/")).content.decode()
    answer = Api(house, "systems:read").get("model-registry")

    assert TOKEN not in registry.sealed_token
    assert registry.token == TOKEN
    assert answer.json()["has_token"] is True
    for text in (*lines, page, form, answer.content.decode()):
        assert TOKEN not in text
        assert registry.sealed_token not in text
    assert "https://mlflow.example" in page


def test_a_stored_token_is_never_sent_to_another_address(acting):
    connected(acting, "https://mlflow.example")

    for change in ({"address": "https://evil.example"}, {"user_name": "somebody"}):
        with pytest.raises(RuleBroken, match="Give the token again"):
            connected(
                acting, **{"address": "https://mlflow.example", "token": "", "row_version": 1, **change}
            )

    registry = ModelRegistry.objects.get()
    assert (registry.address, registry.user_name, registry.token) == ("https://mlflow.example", "", TOKEN)
    connected(acting, "https://mlflow.example", token="", all_versions=True, row_version=1)
    assert ModelRegistry.objects.get().token == TOKEN
    with pytest.raises(StaleState):
        connected(acting, "https://mlflow.example", row_version=1, all_versions=False, token="new")


@pytest.mark.parametrize(
    "address",
    [
        "http://mlflow.example",
        "https://",
        "https://me:secret@mlflow.example",
        "https://mlflow.example?x=1",
        "https://mlflow.example\\@evil",
        "ftp://mlflow.example",
        "https://[::1",
    ],
)
def test_an_address_that_cannot_be_called_is_not_stored(acting, address):
    with pytest.raises(RuleBroken):
        connected(acting, address)

    assert not ModelRegistry.objects.exists()


def test_only_who_keeps_the_register_connects_and_one_reading_runs_at_a_time(acting):
    with pytest.raises(RuleBroken, match="Connect one first"):
        registry_reading.start_reading(actor=acting.lead, now=NOW)
    with pytest.raises(NotAllowed):
        write_registry(
            actor=acting.owner, address="https://mlflow.example", token=TOKEN, row_version=0, now=NOW
        )
    assert not ModelRegistry.objects.exists()

    connected(acting, "https://mlflow.example")
    registry_reading.start_reading(actor=acting.lead, now=NOW)
    with pytest.raises(RuleBroken, match="being read already"):
        registry_reading.start_reading(actor=acting.lead, now=NOW)
    assert InventoryImport.objects.count() == 1

    remove_registry(actor=acting.lead, now=NOW)
    assert not ModelRegistry.objects.exists()


def test_both_faces_ask_the_registry(house, lead, server):
    with acting_in(house.organization):
        connected(house, server.url)

    page = lead.post(house.url("systems/imports/registry/read/"))
    with acting_in(house.organization):
        upload = InventoryImport.objects.get()
        jobs.run_now(upload.job)
    answer = Api(house, "systems:write").post("model-registry/read", {})

    assert page.headers["Location"] == house.url(f"systems/imports/{upload.pk}/")
    assert (answer.status_code, answer.json()["format"]) == (202, "mlflow")
    shown = lead.get(page.headers["Location"]).content.decode()
    assert "register 4 records" in shown
    assert "it&#x27;s &quot;odd&quot; &amp; &lt;b&gt;" in shown
