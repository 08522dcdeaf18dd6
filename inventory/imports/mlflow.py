"""What an MLflow model registry said (see `inventory.mlflow`): each version becomes the record of a model.

Metrics of the run that made a version are its measures. Of the tags that MLflow writes for itself only those
are taken over that say where the code is.
"""

from __future__ import annotations

import datetime
import math
import sys
from typing import Any

from inventory.imports.draft import ResourceDraft
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.node import Leftovers, Node
from inventory.imports.record import ComponentKind, ParsedResource, Problem, Reading
from inventory.imports.text import one_line

VERSION = "2.0"
OWN_TAGS = "mlflow."
TOLD_TAGS = {
    "mlflow.source.name": "Made by",
    "mlflow.source.git.commit": "Commit of the code",
    "mlflow.user": "Run by",
}
LICENCE_TAGS = ("license", "licence")
SAID = (("user_id", "Registered by"), ("current_stage", "Stage"), ("source", "Kept at"))
OF_MLFLOW = ("last_updated_timestamp", "run_link", "status_message", "storage_location")
NO_NUMBER = "A measure is a number."
#: MLflow keeps an infinite measure as the largest number there is.
INFINITE = sys.float_info.max
MOST_NAMED = 20
GONE = "The run that made this version is not there any more: there are no measures."


def read_mlflow(document: dict[str, Any], *, limits: Limits) -> Reading:
    stated = one_line(str(document.get("mlflow_registry", "")), limit=20)
    if stated != VERSION:
        raise ImportRefused(f"This is no reading of an MLflow registry by its REST API {VERSION}.")
    whole = Node(document, "", Leftovers(limits.max_unmapped))
    models = {model.text("name"): model for model in whole.children("registered_models")}
    runs = whole.child("runs")
    versions = whole.children("model_versions")
    if len(versions) > limits.max_components:
        raise ImportRefused(f"The registry has more than {limits.max_components} versions.")
    resources = tuple(_version(version, models, runs, limits) for version in versions)
    notices = [Problem("", "A model registry describes no AI system: only the models are taken over.")]
    left = whole.text("versions_left")
    if left not in ("", "0"):
        sentence = f"{left} older versions, which no alias and no stage names, were left out."
        notices.append(Problem("", sentence))
    notices.extend(_without_version(models, versions))
    return Reading(spec_version=VERSION, resources=resources, notices=tuple(notices))


def _without_version(models: dict[str, Node], versions: list[Node]) -> list[Problem]:
    """A registered model that has no version yet makes no record, and is named."""
    with_version = {version.text("name") for version in versions}
    names = [one_line(name, limit=100) for name in models if name not in with_version]
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    said = ", ".join(f"“{name}”" for name in names[:MOST_NAMED])
    return [Problem("", f"Left out, for there is no version yet: {said}{more}.")]


def _version(seen: Node, models: dict[str, Node], runs: Node, limits: Limits) -> ParsedResource:
    leftovers = Leftovers(limits.max_unmapped)
    version = Node(seen.value, "version", leftovers)
    name, number = version.text("name"), version.text("version")
    draft = ResourceDraft(ComponentKind.MODEL, one_line(f"{name} {number}".strip(), limit=300))
    draft.line("name", name)
    draft.line("version", number)
    model = Node(models[name].value, "model", leftovers) if name in models else None
    if model:
        draft.say("provenance", model.text("description"), "Description")
    draft.say("provenance", version.text("description"), "Of this version")
    for key, label in SAID:
        said = version.text(key)
        draft.say("provenance", "" if said == "None" else said, label)
    draft.say("provenance", _day(version.raw("creation_timestamp")), "Registered")
    draft.say("provenance", ", ".join(sorted(_aliases(version, model))), "Aliases")
    if (status := version.text("status")) not in ("", "READY"):
        draft.notice("version", f"The registry says of this version: {one_line(status, limit=60)}.")
    licences = [*_tags(version, draft), *(_tags(model, draft) if model else [])]
    _licence(draft, [*licences, *_run(runs, version, draft, leftovers)])
    version.ignore(*OF_MLFLOW)
    version.leave_rest()
    return draft.build(leftovers.entries())


def _aliases(version: Node, model: Node | None) -> set[str]:
    named = {each for each in version.texts("aliases") if each}
    for alias in model.children("aliases") if model else ():
        if alias.text("version") == version.value.get("version"):
            named.add(alias.text("alias"))
    return named


def _tags(node: Node, draft: ResourceDraft) -> list[str]:
    """Tells the tags; the licences among them are given back."""
    licences = []
    for tag in node.children("tags"):
        key, value = tag.text("key"), tag.text("value")
        if key.casefold() in LICENCE_TAGS:
            licences.append(value)
        elif key in TOLD_TAGS:
            draft.say("provenance", value, TOLD_TAGS[key])
        elif not key.startswith(OWN_TAGS):
            draft.say("provenance", f"{key} = {value}", "Tag")
    return licences


def _licence(draft: ResourceDraft, licences: list[str]) -> None:
    """The first is the record's: the version's own counts before that of its model and of its run."""
    first, *others = dict.fromkeys(filter(None, licences)) or [""]
    draft.line("licence", first)
    for other in others:
        draft.say("provenance", other, "Licence by another tag")


def _run(runs: Node, version: Node, draft: ResourceDraft, leftovers: Leftovers) -> list[str]:
    """What the run measured, and the licences that its tags name."""
    run_id = version.text("run_id")
    said = runs.value.get(run_id) if run_id else None
    draft.say("provenance", run_id, "Run")
    if not isinstance(said, dict) or not said:
        if run_id:
            draft.notice("measures", GONE)
        return []
    run = Node(said, "run", leftovers)
    data = run.child("data")
    measures = []
    for metric in data.children("metrics"):
        value = metric.raw("value")
        if _is_measure(value):
            name = one_line(metric.text("key"), limit=200)
            measures.append({"metric": name, "slice": "", "value": float(value)})
        else:
            leftovers.add(metric.at(metric.text("key")), value, NO_NUMBER)
    draft.put("measures", measures)
    params = [f"{each.text('key')} = {each.text('value')}" for each in data.children("params")]
    draft.say("provenance", "; ".join(params), "Parameters")
    licences = _tags(data, draft)
    for used in run.child("inputs").children("dataset_inputs"):
        data_set = used.child("dataset")
        words = [data_set.text(key) for key in ("name", "digest", "source")]
        draft.say("training_data", ", ".join(filter(None, words)))
    return licences


def _is_measure(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and abs(value) < INFINITE


def _day(value: Any) -> str:
    """MLflow counts milliseconds, as a number or as text."""
    try:
        return datetime.datetime.fromtimestamp(int(value) / 1000, datetime.UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
