"""A line of the trail in readers' words: the act, the record, and what was before and after."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from aims.core.actor import ActorKind
from aims.core.enums import Role
from aims.core.models import AccessGrant, ApiKey, Member
from aims.core.numbers import whole_number

#: Names of values that hold a member's number, where no column of the record says so.
PEOPLE = frozenset({"member", "asked_of", "owner", "author", "lead", "requested_by", "auditor", "person"})
#: What an external auditor's reading tells: the page, and the number of the record on it.
READ = "auditor.read"
ROLES = {str(role.value): str(role.label) for role in Role}
ACRONYMS = {"api": "API", "soa": "Statement of Applicability", "sha256": "SHA-256", "pk": "no.", "csv": "CSV"}


class Names:
    """Who a line names, for the organization acted in: three queries, whatever the number of lines."""

    def __init__(self) -> None:
        self.people: dict[int, str] = dict(Member.objects.values_list("pk", "name"))
        self._grants: dict[int, str] = dict(AccessGrant.objects.values_list("pk", "name"))
        self._keys: dict[int, str] = dict(ApiKey.objects.values_list("pk", "name"))

    def actor(self, label: str) -> str:
        """`member:5` as a reader knows it."""
        kind, _, number = label.partition(":")
        known = whole_number(number) or 0
        if kind == ActorKind.MEMBER:
            return self.people.get(known, "A former member")
        if kind in {ActorKind.AUDITOR, ActorKind.INVITED}:
            return f"{self._grants.get(known, number)} ({Role.EXTERNAL_AUDITOR.label})"
        if kind == ActorKind.OPERATOR:
            return f"Operator of the installation (entry {number})"
        if kind == ActorKind.KEY:
            return f"API key {self._keys.get(known, number)}"
        return "Portal"


#: Acts whose names are no sentence about who did them.
PHRASES = {
    "act": "acted on it",
    "changes_asked": "asked for changes",
    "close_ofi": "closed the opportunity for improvement",
    "confirm_achieved": "confirmed that it is achieved",
    "confirm_missed": "confirmed that it is missed",
    "correct_and_contain": "corrected and contained it",
    "gate_build_done": "closed the gate after building",
    "gate_inception": "closed the gate of inception",
    "gate_inception_buy": "closed the gate of inception, to buy",
    "gate_validated": "closed the gate of validation",
    "no_nonconformities": "found no nonconformity",
    "not_effective": "found it not effective",
    "open_recert_window": "opened the window for recertification",
    "place_handed_over": "handed a place over",
    "score_low": "found a low score",
    "sign_in_failed": "did not get in",
    "single_sign_on": "signed in by single sign-on",
    "start_light_or_full": "started a light or full assessment",
    "start_stage1": "started Stage 1",
    "start_stage2": "started Stage 2",
    "stop_banned": "stopped what is banned",
    "stop_reported": "reported a stop",
}
IRREGULAR = {
    **{"begin": "began", "build": "built", "freeze": "froze", "go": "went", "hold": "held", "read": "read"},
    **{"send": "sent", "uphold": "upheld", "withdraw": "withdrew"},
}
PARTICIPLES = {
    **{"begun": "began", "chosen": "chose", "drawn": "drew", "given": "gave", "held": "held", "made": "made"},
    **{
        "met": "met",
        "resent": "sent again",
        "rewritten": "rewrote",
        "sent": "sent",
        "set": "set",
        "taken": "took",
    },
    **{"withdrawn": "withdrew", "written": "wrote"},
}
DOUBLED = {"ban", "flag", "plan", "recur", "resubmit", "stop", "submit"}


def spoken(action: str) -> str:
    """An action as a reader says it: `risk.complete_treatment` is “completed treatment”."""
    name = action.rpartition(".")[2]
    words = name.split("_")
    if name in PHRASES:
        return PHRASES[name]
    if _is_past(words[0]):
        words[0] = PARTICIPLES.get(words[0], words[0])
    elif _is_past(words[-1]):
        words = [PARTICIPLES.get(words[-1], words[-1]), *words[:-1]]
    else:
        words[0] = _past(words[0])
    return " ".join(words)


def _is_past(word: str) -> bool:
    return word in PARTICIPLES or word.endswith("ed")


def _past(verb: str) -> str:
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if verb in DOUBLED:
        return f"{verb}{verb[-1]}ed"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}d" if verb.endswith("e") else f"{verb}ed"


def object_name(body: Mapping[str, Any]) -> str:
    told = body.get("object")
    return f"{model_name(told['type'])} {told['label'] or told['id']}" if told else ""


def model_name(label: str) -> str:
    model = _model(label)
    return str(model._meta.verbose_name) if model else label.rpartition(".")[2]


def summary(body: Mapping[str, Any], names: Names) -> str:
    before, after = body.get("before", {}), body.get("after", {})
    if body.get("action") == READ:
        return _what_was_read(after)
    model = _model(body.get("object", {}).get("type", ""))
    parts = []
    for key in sorted({*before, *after}):
        was, now = _said(before.get(key), key, model, names), _said(after.get(key), key, model, names)
        name = _label(key, model)
        if key in before and key in after:
            parts.append(f"{name}: {was or 'nothing'} → {now or 'nothing'}")
        elif was or now:
            parts.append(f"{name}: {now or was}")
    if body.get("reason"):
        parts.append(f"reason: {body['reason']}")
    return "; ".join(parts)


def _what_was_read(after: Mapping[str, Any]) -> str:
    page = str(after.get("page", ""))
    where = "API: " if page.startswith("api-") else ""
    rest = [f"{_words(key)} {value}" for key, value in sorted(after.items()) if key != "page"]
    return f"{where}{', '.join([_words(page.removeprefix('api-')), *rest])}"


def _model(label: str) -> Any:
    try:
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        return None


def _field(key: str, model: Any) -> Any:
    if model is None:
        return None
    for name in (key, key.removesuffix("_id")):
        try:
            return model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
    return None


def _label(key: str, model: Any) -> str:
    field = _field(key, model)
    return str(getattr(field, "verbose_name", "") or _words(key))


def _said(value: Any, key: str, model: Any, names: Names) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, list):
        return ", ".join(_said(each, key, model, names) for each in value)
    if isinstance(value, dict):
        return _said_record(value, model, names)
    if isinstance(value, bool):
        return "yes" if value else "no"
    field = _field(key, model)
    is_person = key.removesuffix("_id") in PEOPLE or getattr(field, "related_model", None) is Member
    if isinstance(value, int) and is_person:
        return names.people.get(value, f"a former member, no. {value}")
    return _said_plain(value, field)


def _said_plain(value: Any, field: Any) -> str:
    column = getattr(field, "base_field", field)
    choices = {str(known): str(label) for known, label in getattr(column, "flatchoices", None) or ()}
    if str(value) in choices:
        return choices[str(value)]
    if isinstance(value, int) and isinstance(field, models.ForeignKey):
        return f"no. {value}"
    if isinstance(value, str):
        return ROLES.get(value) or _moment(value) or (_words(value) if _is_key(value) else value)
    return str(value)


def _said_record(value: Mapping[str, Any], model: Any, names: Names) -> str:
    if "type" in value and "id" in value:
        if value["type"] == Member._meta.label_lower:
            return names.people.get(value["id"], f"a former member, no. {value['id']}")
        return f"{model_name(str(value['type']))} {value.get('label') or value['id']}"
    if all(isinstance(each, str | int | bool | None) for each in value.values()):
        return ", ".join(
            f"{_label(key, model)} {_said(each, key, model, names)}" for key, each in value.items()
        )
    return json.dumps(value, ensure_ascii=False)


def _is_key(text: str) -> bool:
    return "_" in text and text.replace("_", "").isalnum() and text == text.lower()


def _words(key: str) -> str:
    return " ".join(ACRONYMS.get(word, word) for word in key.replace("_", " ").replace("-", " ").split())


def _moment(text: str) -> str:
    if len(text) < 19 or text[4] != "-" or "T" not in text:
        return ""
    try:
        return f"{datetime.datetime.fromisoformat(text):%d %b %Y, %H:%M}"
    except ValueError:
        return ""
