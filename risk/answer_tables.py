"""The columns of the form's tables. The catalog names them in words; here each has a key and a type."""

from __future__ import annotations

from dataclasses import dataclass

HARM, BENEFIT, NONE = "harm", "benefit", "none"
#: What a row of an impact table is about. One row of `none` says why nothing is to be named.
KINDS = ((HARM, "A harm"), (BENEFIT, "A benefit"), (NONE, "Nothing arises here"))


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is text, step (1 to 5), number, date, choice or risk."""

    key: str
    label: str
    kind: str = "text"
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()

    def word(self, value: object) -> str:
        return next((label for key, label in self.options if key == value), str(value))


VULNERABILITY = (("none", "None"), ("some", "Some"), ("high", "High"))
LEVELS = (("low", "Low"), ("medium", "Medium"), ("high", "High"), ("critical", "Critical"))

IMPACT_COLUMNS = (
    Column("text", "What arises", required=True),
    Column("who", "For whom"),
    Column("severity", "Severity", "step", required=True),
    Column("likelihood", "Likelihood", "step", required=True),
    Column(
        "reversibility",
        "Can it be undone",
        "choice",
        options=(("easy", "Easily"), ("effort", "With effort"), ("irreversible", "No")),
    ),
    Column("vulnerability", "Weak position of those affected", "choice", options=VULNERABILITY),
    Column(
        "scale",
        "How many",
        "choice",
        options=(
            ("single", "Single persons"),
            ("small", "A small group"),
            ("large", "A large group"),
            ("very_large", "A very large group"),
        ),
    ),
    Column("measure", "Measure"),
    Column("residual_severity", "Severity that remains", "step"),
    Column("residual_likelihood", "Likelihood that remains", "step"),
    Column("acceptance", "Why what remains is accepted"),
    Column("risk_id", "Risk in the register", "risk"),
)
#: What is said of a benefit, which is described and never rated against harms.
BENEFIT_COLUMNS = ("text", "who", "scale")

COLUMNS: dict[str, tuple[Column, ...]] = {
    "IA-013": (
        Column("actor", "Who", required=True),
        Column("way", "How", required=True),
        Column("likelihood", "Likelihood", "step", required=True),
        Column("severity", "Severity", "step", required=True),
        Column("barrier", "What stops it"),
    ),
    "IA-033": (
        Column("group", "Group", required=True),
        Column("measure", "Measure", required=True),
        Column("value", "Value", required=True),
        Column("limit", "Limit", required=True),
        Column(
            "verdict",
            "Result",
            "choice",
            required=True,
            options=(("pass", "Within the limit"), ("fail", "Outside the limit")),
        ),
        Column("comment", "Comment"),
    ),
    "IA-050": (
        Column("group", "Group", required=True),
        Column("how", "How they are affected", required=True),
        Column("number", "Number a year", "number"),
        Column(
            "opt_out",
            "Can they opt out",
            "choice",
            options=(("yes", "Yes"), ("partly", "In part"), ("no", "No")),
        ),
        Column("vulnerability", "Weak position", "choice", options=VULNERABILITY),
    ),
    "IA-090": (
        Column("harm", "Harm", required=True),
        Column("measure", "Measure", required=True),
        Column("control", "Annex A control"),
        Column("owner", "Owner", required=True),
        Column("due", "By", "date"),
        Column(
            "status",
            "Status",
            "choice",
            required=True,
            options=(("planned", "Planned"), ("in_progress", "In progress"), ("done", "Done")),
        ),
        Column("residual", "Level expected to remain", "choice", options=LEVELS),
    ),
}


def columns_of(question: str, type: str) -> tuple[Column, ...]:
    return IMPACT_COLUMNS if type == "impact_table" else COLUMNS[question]
