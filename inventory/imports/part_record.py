"""What a file says of a model or a data set that it names, in the fields of the record that stands for it.

The one mapping, whether the file comes in as a record or its parts become records later. What has no field
goes into the provenance, under a word that people read.
"""

from __future__ import annotations

from collections.abc import Mapping

from inventory.imports.details import texts_of, word_for
from inventory.imports.draft import ResourceDraft
from inventory.imports.measures import say_measures
from inventory.imports.record import ComponentKind, Details, ParsedComponent, ParsedResource
from inventory.imports.text import one_line

PERSONAL = "The file names sensitive personal information: say which special categories it is."
#: What a model has no field for.
TOLD_OF_A_MODEL = (
    *("task", "approach", "architecture", "architecture_family", "model_types", "domains", "base_models"),
    *("hyperparameters", "decision_thresholds", "reported_metrics", "explainability", "autonomy"),
    *("standards", "uses_sensitive_personal_information", "environment", "energy", "languages", "tags"),
    *("notes", "group", "location", "package_url", "primary_purpose", "built", "released"),
)
#: detail -> field of the record, and the word that stands before what the file says, in the order in which
#: they are said: of one field, what stands under no word comes first.
OF_A_MODEL: Mapping[str, tuple[str, str]] = {
    "use_cases": ("intended_use", ""),
    "application": ("intended_use", ""),
    "intended_use": ("intended_use", ""),
    "intended_users": ("intended_use", "For"),
    "limitations": ("limitations", ""),
    "excluded_uses": ("limitations", "Not to be used for"),
    "tradeoffs": ("limitations", "Trade-off"),
    "ethical_considerations": ("limitations", "Ethical risk"),
    "fairness": ("limitations", "Fairness"),
    "safety_risk": ("limitations", "Safety risk"),
    "training": ("training_data", ""),
    "data_sets": ("training_data", "Data set"),
    "trained_on": ("training_data", "Training"),
    "tested_on": ("training_data", "Evaluation"),
    "preprocessing": ("training_data", "Preprocessing"),
    **{key: ("provenance", word_for(key)) for key in TOLD_OF_A_MODEL},
    "inputs": ("provenance", "Input"),
    "outputs": ("provenance", "Output"),
}
OF_A_DATA_SET: Mapping[str, tuple[str, str]] = {
    "preprocessing": ("preparation", "Preprocessing"),
    "anonymization": ("preparation", "Anonymization"),
    "known_bias": ("bias_checks", "Biases the file names"),
    "noise": ("limitations", "Noise"),
    "intended_use": ("limitations", "Made for"),
}
CATEGORIES = ("classification", "sensitive_data")
MOST_CATEGORIES = 100
LONGEST_CATEGORY = 60


def record_of(part: ParsedComponent, *, is_named: bool = True) -> ParsedResource:
    draft = ResourceDraft(part.kind, part.source_path)
    draft.line("name", part.name if is_named else "")
    draft.line("version", part.version)
    draft.line("supplier", part.supplier)  # linked where the register has one of this name
    draft.line("licence", part.licence)
    draft.put("hashes", [_hash(each) for each in part.hashes])
    draft.say("provenance", part.description, "Description")
    details = dict(part.details)
    if part.kind is ComponentKind.DATASET:
        _say_of_a_data_set(draft, details)
    _say(draft, details, OF_A_DATA_SET if part.kind is ComponentKind.DATASET else OF_A_MODEL)
    say_measures(draft, part.measures)
    return draft.build()


def _say_of_a_data_set(draft: ResourceDraft, details: Details) -> None:
    """Takes out of the details what a data set has fields for that are no texts."""
    draft.line("source", "; ".join(texts_of(details.pop("location", ""))))
    words = [text for key in CATEGORIES for text in texts_of(details.pop(key, ""))]
    categories = dict.fromkeys(one_line(word, limit=LONGEST_CATEGORY) for word in words)
    draft.put("categories", list(categories)[:MOST_CATEGORIES])
    if details.get("has_sensitive_personal_information") == "yes":
        draft.notice("special_categories", PERSONAL)


def _say(draft: ResourceDraft, details: Details, mapping: Mapping[str, tuple[str, str]]) -> None:
    """In a text of its own each item is a paragraph; in the provenance a detail is one."""
    for key in (*(key for key in mapping if key in details), *sorted(details.keys() - mapping.keys())):
        field, label = mapping.get(key, ("provenance", word_for(key)))
        texts = texts_of(details[key])
        for text in ["; ".join(texts)] if field == "provenance" else texts:
            draft.say(field, text, label)


def _hash(text: str) -> dict[str, str]:
    algorithm, _, value = text.partition(":")
    return {"algorithm": algorithm.lower().replace("-", ""), "value": value.strip().lower()}
