"""A model card of a system as far as the inventory knows it, and what a reader will look for and not find.

The card is made once; Markdown, HTML and PDF print the same sections.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from inventory.enums import AIType, AutomationDegree, OrganizationRole, Sourcing, SystemStage
from inventory.exports.record import ExportedComponent, ExportedSystem, Register
from inventory.imports.details import in_words

NOT_RECORDED = "Not recorded"
#: What a model card has and the inventory keeps no field for.
NEVER_HERE = (
    "Evaluation of the system as a whole: metrics, data and results are not fields of the register; they are"
    " in its evidence.",
    "Known limitations and trade-offs of the system as a whole are recorded as excluded uses and as risks,"
    " not as a field.",
)


@dataclass(frozen=True)
class CardSection:
    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ModelCard:
    title: str
    subtitle: str
    sections: tuple[CardSection, ...]
    gaps: tuple[str, ...]


def model_cards(register: Register) -> list[ModelCard]:
    return [model_card(system, register) for system in register.systems]


def model_card(system: ExportedSystem, register: Register) -> ModelCard:
    sections = tuple(_sections(system))
    empty = [f"{part.title}: {label}" for part in sections for label, value in part.facts if not value]
    gaps = [f"{name} is not recorded." for name in empty]
    return ModelCard(
        title=f"Model card: {system.name}",
        subtitle=f"{system.reference} · {register.organization} · As it was on {register.day_and_time}",
        sections=sections,
        gaps=(*gaps, *NEVER_HERE),
    )


def _sections(system: ExportedSystem) -> Iterator[CardSection]:
    yield CardSection(
        "System",
        (
            ("Name", system.name),
            ("Version", system.version),
            ("Kind of AI", _label(AIType, system.ai_type)),
            ("Sourcing", _label(Sourcing, system.sourcing)),
            *((("Supplier", system.supplier),) if system.sourcing != "own" or system.supplier else ()),
            ("Model", f"{system.model_name} {system.model_version}".strip()),
            ("Stage of its life", _label(SystemStage, system.stage)),
            ("Owner", system.owner),
            (
                "Role of the organization",
                ", ".join(_label(OrganizationRole, r) for r in system.organization_roles),
            ),
        ),
    )
    yield CardSection(
        "Use",
        (
            ("Purpose", system.purpose),
            ("Intended use", system.intended_use),
            ("Excluded uses", system.excluded_uses),
            ("Business process", system.business_process),
            ("Places of use", ", ".join(system.places)),
            ("Languages", ", ".join(system.languages)),
            *((("Own fields", "; ".join(system.custom)),) if system.custom else ()),
        ),
    )
    count = "" if system.affected_count is None else str(system.affected_count)
    yield CardSection(
        "People and data",
        (
            ("People affected", system.affected_people),
            ("Number of people affected", count),
            ("Classes of data", ", ".join(system.data_classes)),
            ("Special categories of data", ", ".join(system.special_categories)),
        ),
    )
    yield CardSection(
        "Human oversight",
        (
            ("Degree of automation", _label(AutomationDegree, system.automation_degree)),
            ("Watched over by", ", ".join(system.oversight)),
        ),
    )
    if system.components:
        yield CardSection(
            "What it is made of", tuple(fact for each in system.components for fact in _facts(each))
        )
    if system.origins:
        yield CardSection("Where the entries come from", tuple(_origins(system)))


def _origins(system: ExportedSystem) -> Iterator[tuple[str, str]]:
    """Once for each origin, with the entries that have it."""
    fields: dict[str, list[str]] = {}
    for name, origin in system.origins:
        fields.setdefault(origin, []).append(name.replace("_", " "))
    for origin, names in fields.items():
        yield origin, ", ".join(names)


def _facts(component: ExportedComponent) -> Iterator[tuple[str, str]]:
    """What it is, then each thing that its file says of it, under its name."""
    yield _kind(component), _component(component)
    for line in in_words(component.details, component.measures):
        word, _, said = line.partition(": ")
        yield f"{component.name}: {word}", said


def _kind(component: ExportedComponent) -> str:
    words = {"model": "Model", "dataset": "Data set", "service": "Service", "library": "Library"}
    return words.get(component.kind, "Other part")


def _component(component: ExportedComponent) -> str:
    facts = [
        f"{component.name} {component.version}".strip(),
        f"by {component.supplier}" if component.supplier else "",
        f"licence {component.licence}" if component.licence else "",
    ]
    first = ", ".join(fact for fact in facts if fact)
    return f"{first}. {component.description}" if component.description else first


def _label(choices: type, value: str) -> str:
    return str(choices(value).label) if value else ""


def markdown(register: Register) -> str:
    return "\n\n---\n\n".join(_card_markdown(card) for card in model_cards(register)) + "\n"


def _card_markdown(card: ModelCard) -> str:
    parts = [f"# {_escaped(card.title)}", _escaped(card.subtitle)]
    for section in card.sections:
        parts.append(f"## {_escaped(section.title)}")
        parts.append(
            "\n".join(
                f"- **{_escaped(key)}:** {_escaped(value) or NOT_RECORDED}" for key, value in section.facts
            )
        )
    parts.append("## What is missing")
    parts.append("\n".join(f"- {_escaped(gap)}" for gap in card.gaps))
    return "\n\n".join(parts)


def _escaped(text: str) -> str:
    """Whatever people typed stays text: no mark-up, no raw HTML, one line."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]()#+!|~>-])", r"\\\1", line).replace("&", "&amp;").replace("<", "&lt;")


def html_page(register: Register) -> str:
    """One plain page that stands alone: no script, no style, nothing fetched from elsewhere."""
    title = f"Model cards of {register.organization}"
    cards = model_cards(register)
    if register.is_one:
        title = cards[0].title
    body = "\n".join(_card_html(card) for card in cards)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(title)}</title>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _card_html(card: ModelCard) -> str:
    parts = [f"<article>\n<h1>{html.escape(card.title)}</h1>\n<p>{html.escape(card.subtitle)}</p>"]
    for section in card.sections:
        facts = "".join(
            f"<dt>{html.escape(key)}</dt><dd>{_lines(value) or NOT_RECORDED}</dd>\n"
            for key, value in section.facts
        )
        parts.append(f"<h2>{html.escape(section.title)}</h2>\n<dl>\n{facts}</dl>")
    gaps = "".join(f"<li>{html.escape(gap)}</li>\n" for gap in card.gaps)
    parts.append(f"<h2>What is missing</h2>\n<ul>\n{gaps}</ul>\n</article>")
    return "\n".join(parts)


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
