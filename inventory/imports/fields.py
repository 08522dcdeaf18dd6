"""The inventory fields that a file can fill: their names in spreadsheets, their values, how they are read."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from inventory.imports.lines import hash_lines, hashes_in, measure_lines, measures_in
from inventory.imports.text import clean


class Kind(StrEnum):
    LINE = "one line"
    TEXT = "text"
    EMAIL = "e-mail address"
    CHOICE = "one of the values"
    CHOICES = "one or more of the values, separated by ;"
    LIST = "list, separated by ;"
    NUMBER = "whole number"
    YES_NO = "yes or no"
    DAY = "day, such as 2027-01-31"
    HASHES = "hashes, one a line"
    MEASURES = "measures, one a line"


@dataclass(frozen=True)
class Choice:
    value: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    key: str
    label: str
    kind: Kind
    help: str
    example: str
    aliases: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    max_length: int = 10_000

    @property
    def allowed(self) -> str:
        return ", ".join(choice.value for choice in self.choices)


class Unreadable(ValueError):
    """The value cannot be taken for this field; the text says what would be."""


ORGANIZATION_ROLES = (
    Choice("provider", ("supplier of the system", "manufacturer")),
    Choice("developer", ("builder",)),
    Choice("deployer_user", ("deployer", "user", "operator", "deployer or user", "deployer / user")),
)
AI_TYPES = (
    Choice(
        "predictive_ml", ("ml", "machine learning", "predictive", "predictive machine learning", "tabular")
    ),
    Choice(
        "generative_llm", ("generative", "generative ai", "genai", "gen ai", "llm", "large language model")
    ),
    Choice("agentic", ("agent", "ai agent", "autonomous agent", "agentic ai")),
    Choice("computer_vision", ("vision", "cv", "image", "image recognition")),
    Choice("speech_audio", ("speech", "audio", "voice", "speech and audio", "speech recognition")),
    Choice("recommender", ("recommendation", "recommender system", "ranking")),
    Choice("nlp_classifier", ("nlp", "language classification", "text classification")),
    Choice("automated_decision", ("automated decision", "adm", "decision", "rules and model", "scoring")),
    Choice("biometric", ("biometrics", "face recognition", "facial recognition")),
    Choice("robotics_control", ("robotics", "robot", "robotics and control")),
)
SOURCINGS = (
    Choice("own", ("in-house", "internal", "built in-house", "self-developed", "own development")),
    Choice("vendor", ("bought", "bought from a vendor", "purchased", "third party", "external", "supplier")),
    Choice("embedded", ("embedded in another product", "embedded in a product", "included")),
)
AUTOMATION_DEGREES = (
    Choice("information", ("informs", "information only", "gives information only", "advisory")),
    Choice("recommendation", ("recommends", "decision support", "recommends, a person decides")),
    Choice("human_approves", ("human in the loop", "acts after a person approves")),
    Choice("human_can_override", ("human on the loop", "acts, a person can override")),
    Choice("full", ("fully automated", "full automation", "autonomous", "acts on its own")),
)
STAGES = (
    Choice("proposed", ("idea", "intake", "proposal")),
    Choice("inception", ("planning", "planned")),
    Choice("design_development", ("design", "development", "in development", "design and development")),
    Choice(
        "verification_validation",
        ("verification", "validation", "verification and validation", "testing", "test"),
    ),
    Choice("deployment", ("deploying", "roll-out", "rollout")),
    Choice(
        "operation_monitoring",
        (
            "operation",
            "operation and monitoring",
            "in operation",
            "production",
            "in production",
            "live",
            "in use",
        ),
    ),
    Choice("re_evaluation", ("re-evaluation", "reevaluation", "under review")),
    Choice("suspended", ("paused", "on hold")),
    Choice("retirement", ("retiring", "being retired")),
    Choice("retired", ("decommissioned", "out of use")),
    Choice("rejected", ("declined",)),
)

ALL_FIELDS: tuple[Field, ...] = (
    Field(
        "external_id",
        "External ID",
        Kind.LINE,
        "Your own identifier. A later import with the same identifier finds the same system.",
        "CMDB-1042",
        ("id", "system id", "ai system id", "asset id", "inventory id", "reference"),
        max_length=200,
    ),
    Field(
        "name",
        "Name",
        Kind.LINE,
        "What people call the system. Needed in every row.",
        "Invoice sorter",
        ("system", "system name", "ai system", "ai system name", "title", "application", "tool"),
        max_length=200,
    ),
    Field(
        "version",
        "Version",
        Kind.LINE,
        "Version of the system in use.",
        "2.3",
        ("system version", "release"),
        max_length=60,
    ),
    Field(
        "purpose",
        "Purpose",
        Kind.TEXT,
        "What the system is for.",
        "Sorts incoming invoices by cost centre.",
        ("description", "objective", "what it does", "use"),
    ),
    Field(
        "intended_use",
        "Intended use",
        Kind.TEXT,
        "Who may use it, for what, under which conditions.",
        "Accounts staff, for supplier invoices in German and English.",
        ("intended uses", "use case", "use cases"),
    ),
    Field(
        "excluded_uses",
        "Excluded uses",
        Kind.TEXT,
        "What it must not be used for.",
        "Not for approving payments.",
        ("excluded use", "prohibited use", "prohibited uses", "out of scope use", "not to be used for"),
    ),
    Field(
        "business_process",
        "Business process",
        Kind.LINE,
        "The process the system serves.",
        "Accounts payable",
        ("process", "business unit", "department", "function"),
        max_length=200,
    ),
    Field(
        "owner_email",
        "Owner e-mail",
        Kind.EMAIL,
        "E-mail address of the person who answers for the system.",
        "owner@example.org",
        ("owner", "system owner", "responsible", "responsible person", "contact", "business owner"),
        max_length=254,
    ),
    Field(
        "organization_roles",
        "Organization roles",
        Kind.CHOICES,
        "What your organization is with regard to this system.",
        "deployer_user",
        ("organisation roles", "role", "roles", "organization role", "organisation role", "our role"),
        ORGANIZATION_ROLES,
    ),
    Field(
        "ai_type",
        "AI type",
        Kind.CHOICE,
        "The kind of AI that shapes its risks most.",
        "nlp_classifier",
        ("type", "type of ai", "system type", "ai category", "technology"),
        AI_TYPES,
    ),
    Field(
        "sourcing",
        "Sourcing",
        Kind.CHOICE,
        "Developed by yourselves, bought, or a part of another product.",
        "vendor",
        ("source", "own or vendor", "make or buy", "origin"),
        SOURCINGS,
    ),
    Field(
        "supplier",
        "Supplier",
        Kind.LINE,
        "Who supplies the system, when it is not your own.",
        "Example Software Ltd",
        ("vendor", "supplier name", "vendor name", "provider name", "manufacturer"),
        max_length=200,
    ),
    Field(
        "model_name",
        "Model name",
        Kind.LINE,
        "The model inside, as its supplier calls it.",
        "doc-classify-base",
        ("model", "ai model", "base model", "foundation model"),
        max_length=200,
    ),
    Field(
        "model_version",
        "Model version",
        Kind.LINE,
        "Version or date of the model.",
        "2025-03",
        ("model release",),
        max_length=100,
    ),
    Field(
        "data_classes",
        "Data classes",
        Kind.LIST,
        "Classes of data the system uses.",
        "contact data; invoices",
        ("data", "data categories", "data types", "data used", "personal data"),
        max_length=60,
    ),
    Field(
        "special_categories",
        "Special categories of data",
        Kind.LIST,
        "For example health, biometric or trade-union data; write none if there are none.",
        "none",
        ("special categories", "sensitive data", "special category data"),
        max_length=60,
    ),
    Field(
        "affected_people",
        "People affected",
        Kind.TEXT,
        "Who is touched by its results.",
        "Contact persons of suppliers",
        ("affected people", "affected persons", "data subjects", "stakeholders", "affected groups"),
    ),
    Field(
        "affected_count",
        "Number of people affected",
        Kind.NUMBER,
        "About how many, as a whole number.",
        "1200",
        ("affected count", "number affected", "people count", "number of persons", "number of people"),
    ),
    Field(
        "automation_degree",
        "Degree of automation",
        Kind.CHOICE,
        "How far the system decides without a person.",
        "human_approves",
        ("automation degree", "automation", "automation level", "human oversight", "level of autonomy"),
        AUTOMATION_DEGREES,
    ),
    Field(
        "places",
        "Places of use",
        Kind.LIST,
        "Countries or sites where it is used.",
        "Germany; Austria",
        ("places", "countries", "country", "locations", "location", "regions", "jurisdictions"),
        max_length=60,
    ),
    Field(
        "languages",
        "Languages",
        Kind.LIST,
        "Languages it works in.",
        "German; English",
        ("language",),
        max_length=30,
    ),
    Field(
        "stage",
        "Life cycle stage",
        Kind.CHOICE,
        "Where the system stands in its life cycle.",
        "operation_monitoring",
        ("stage", "status", "lifecycle stage", "life cycle", "lifecycle", "phase"),
        STAGES,
    ),
    Field(
        "in_scope",
        "In AIMS scope",
        Kind.YES_NO,
        "Whether the AI management system covers it.",
        "yes",
        ("in scope", "scope", "aims scope"),
    ),
    Field(
        "scope_reason",
        "Reason for scope",
        Kind.TEXT,
        "Why it is in or out of scope.",
        "Processes data of our business partners.",
        ("scope reason", "reason", "scope justification", "justification"),
    ),
)
#: In a sheet of the register only, by which an upload finds the record and what it was then.
SHEET_FIELDS: tuple[Field, ...] = (
    Field("reference", "Portal reference", Kind.LINE, "The record here. Leave as it is.", "SYS-001"),
    Field("record_version", "Portal record version", Kind.NUMBER, "Leave as it is.", "3"),
)
#: What a cell of such a sheet says of a text that is longer than a cell can be.
LEFT_OUT = "(longer than a cell holds: it stays as it is)"
BY_KEY = {field.key: field for field in (*ALL_FIELDS, *SHEET_FIELDS)}
FIELDS = tuple(field.key for field in ALL_FIELDS)

#: Where the column of the record has another name.
COLUMNS = {"in_scope": "is_in_scope"}

# An identifier is given by the inventory when the source has none, and nobody supplies an own system.
NEVER_MISSING = {"external_id"}
ONLY_WHEN_SUPPLIED = {"supplier"}

MAX_LIST_ITEMS = 100
MAX_COUNT = 2_147_483_647  # the largest whole number the inventory stores

BLANKS = {"", "-", "–", "—", "n/a", "na", "tbd", "?", "null", "unknown", "not known"}
NONE_WORDS = {"none", "no", "nothing"}
YES = {"yes", "y", "true", "1", "x", "in", "in scope", "ja", "oui"}
NO = {"no", "n", "false", "0", "out", "out of scope", "nein", "non"}

EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
GROUPED_NUMBER = re.compile(r"\d{1,3}(?:[ ,.'’_\u00a0\u202f]\d{3})+")
PLAIN_NUMBER = re.compile(r"(\d+)(?:[.,]0+)?")
SEPARATORS = re.compile(r"[;|,\n]")


@lru_cache(maxsize=10_000)
def folded(text: str) -> str:
    """Case, spaces and punctuation do not distinguish two headings or two choices."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def missing_from(fields: dict[str, object]) -> tuple[str, ...]:
    optional = NEVER_MISSING | (ONLY_WHEN_SUPPLIED if fields.get("sourcing") == "own" else set())
    return tuple(key for key in FIELDS if key not in fields and key not in optional)


def read_value(field: Field, raw: str) -> object | None:
    """The value of one cell; None when it says nothing."""
    text = clean(raw)
    if not text or (field.kind not in (Kind.LINE, Kind.TEXT) and text.casefold() in BLANKS):
        return None
    return READERS[field.kind](field, text)


def read_items(field: Field, items: list[str]) -> list[str]:
    """The values of a list that the source already keeps apart."""
    cleaned = [" ".join(clean(item).split()) for item in items]
    unique = list(dict.fromkeys(item for item in cleaned if item))
    if len(unique) > MAX_LIST_ITEMS:
        raise Unreadable(f"{field.label} has {len(unique)} entries; at most {MAX_LIST_ITEMS} are possible.")
    for item in unique:
        _check_length(field, item)
    return unique


def _read_line(field: Field, text: str) -> str:
    line = " ".join(text.split())
    _check_length(field, line)
    return line


def _read_text(field: Field, text: str) -> str:
    _check_length(field, text)
    return text


def _read_email(field: Field, text: str) -> str:
    if len(text) > field.max_length or not EMAIL.fullmatch(text):
        raise Unreadable(f"{field.label} needs one e-mail address; “{_shortened(text)}” is none.")
    return text


def _read_choice(field: Field, text: str) -> str:
    value = _words_of(field).get(folded(text))
    if value is None:
        raise Unreadable(f"{field.label} “{_shortened(text)}” is not known. Use one of: {field.allowed}.")
    return value


@lru_cache(maxsize=100)
def _words_of(field: Field) -> dict[str, str]:
    return {
        folded(word): choice.value for choice in field.choices for word in (choice.value, *choice.aliases)
    }


def _read_choices(field: Field, text: str) -> list[str]:
    parts = [part.strip() for part in SEPARATORS.split(text)]
    return list(dict.fromkeys(_read_choice(field, part) for part in parts if part))


def _read_list(field: Field, text: str) -> list[str]:
    if text.casefold() in NONE_WORDS and field.key == "special_categories":
        return []
    return read_items(field, SEPARATORS.split(text))


def _read_number(field: Field, text: str) -> int:
    plain = PLAIN_NUMBER.fullmatch(text)
    if GROUPED_NUMBER.fullmatch(text):
        digits = "".join(letter for letter in text if letter.isdigit())
    elif plain:
        digits = plain[1]
    else:
        raise Unreadable(f"{field.label} needs a whole number such as 1200; “{_shortened(text)}” is none.")
    if len(digits) > len(str(MAX_COUNT)) or int(digits) > MAX_COUNT:
        raise Unreadable(f"{field.label} is larger than {MAX_COUNT}.")
    return int(digits)


def _read_yes_no(field: Field, text: str) -> bool:
    word = text.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unreadable(f"{field.label} needs yes or no; “{_shortened(text)}” is neither.")


def _read_day(field: Field, text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise Unreadable(
            f"{field.label} needs a day such as 2027-01-31; “{_shortened(text)}” is none."
        ) from None


def _read_hashes(field: Field, text: str) -> str:
    try:
        return hash_lines(hashes_in(text))
    except ValueError as error:
        raise Unreadable(f"{field.label}: {error}") from None


def _read_measures(field: Field, text: str) -> str:
    try:
        return measure_lines(measures_in(text))
    except ValueError as error:
        raise Unreadable(f"{field.label}: {error}") from None


def _check_length(field: Field, text: str) -> None:
    if len(text) > field.max_length:
        raise Unreadable(
            f"{field.label} has {len(text)} characters; at most {field.max_length} are possible."
        )


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


READERS = {
    Kind.LINE: _read_line,
    Kind.TEXT: _read_text,
    Kind.EMAIL: _read_email,
    Kind.CHOICE: _read_choice,
    Kind.CHOICES: _read_choices,
    Kind.LIST: _read_list,
    Kind.NUMBER: _read_number,
    Kind.YES_NO: _read_yes_no,
    Kind.DAY: _read_day,
    Kind.HASHES: _read_hashes,
    Kind.MEASURES: _read_measures,
}
FIELD_BY_HEADING = {
    folded(word): field for field in ALL_FIELDS for word in (field.key, field.label, *field.aliases)
} | {folded(field.label): field for field in SHEET_FIELDS}
