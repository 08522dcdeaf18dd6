"""Discovery (SM-02): its life cycle, and how a name on a list is recognized."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from aims.core.exceptions import RuleBroken
from aims.core.machines import Machine, step

DISCOVERY = Machine(
    id="SM-02",
    entity="DiscoveredAI",
    noun="discovered item",
    initial="discovered",
    final=frozenset({"registered", "not_ai", "duplicate", "banned"}),
    labels={
        "triage": "Take up",
        "register": "Register as AI system",
        "dismiss": "Not AI",
        "merge": "Merge",
        "ban": "Ban",
    },
    transitions=(
        step("discovered", "triage", "triaged", by="compliance_lead ai_system_owner"),
        step(
            "triaged",
            "register",
            "registered",
            by="compliance_lead",
            guards=("owner named",),
            effects=("create AISystem in proposed",),
        ),
        step("triaged", "dismiss", "not_ai", by="compliance_lead", guards=("reason given",)),
        step("triaged", "merge", "duplicate", by="compliance_lead", guards=("target chosen",)),
        step(
            "triaged",
            "ban",
            "banned",
            by="compliance_lead top_management",
            guards=("reason given",),
            effects=("notify user and control owner",),
        ),
    ),
)

#: A source that was not looked at for longer says nothing about today.
FRESH_DAYS = 90
LEGAL_FORMS = frozenset(
    {"inc", "ltd", "limited", "llc", "gmbh", "ag", "sa", "sas", "bv", "plc", "corp", "pbc", "co"}
)
SHORTEST_IN_A_LINE = 4


@dataclass(frozen=True)
class KnownService:
    """One line of the list of known AI services."""

    id: str
    name: str
    vendor: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    ai_type: str = ""
    sourcing: str = ""
    whole_only: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Match:
    """A known service, and why it was taken for it."""

    service: KnownService
    why: str


def normalized(text: str) -> str:
    """A name without case, accents, punctuation and the legal form behind it."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", plain.casefold())
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def domain_of(text: str) -> str:
    """The host of an address or of what looks like one; empty where there is none."""
    text = text.strip().casefold()
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    host = host.removeprefix("www.").rstrip(".")
    return host if re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) else ""


def require_address(text: str) -> str:
    """The host of an address that somebody wrote; one that cannot be read is told, not dropped."""
    host = domain_of(text)
    if text.strip() and not host:
        raise RuleBroken("Write an address such as chat.example.com, or leave it empty.", field="address")
    return host


def recognize(name: str, domain: str, services: Iterable[KnownService]) -> Match | None:
    """The address decides first, then the whole name, then a name inside a line of a bill.

    Of several names inside one line the longest counts; two services with equally long ones count as none.
    """
    services = tuple(services)
    return _by_domain(domain, services) or _by_name(normalized(name), services) or _by_words(name, services)


def _by_domain(domain: str, services: Collection[KnownService]) -> Match | None:
    found = [
        (len(known), service, known)
        for service in services
        for known in service.domains
        if domain == known or domain.endswith(f".{known}")
    ]
    if not found:
        return None
    _, service, known = max(found, key=lambda each: each[0])
    return Match(service, f"The address {domain} belongs to {known}.")


def _by_name(name: str, services: Collection[KnownService]) -> Match | None:
    for service in services:
        for known in service.names:
            if name and name == normalized(known):
                return Match(service, f"The name is “{known}”.")
    return None


def _by_words(line: str, services: Collection[KnownService]) -> Match | None:
    padded = f" {normalized(line)} "
    found = [
        (len(known), service, known)
        for service in services
        for known in _names_in_lines(service)
        if f" {known} " in padded
    ]
    if not found:
        return None
    longest = max(length for length, _, _ in found)
    best = {service.id: (service, known) for length, service, known in found if length == longest}
    if len(best) > 1:
        return None
    [(service, known)] = best.values()
    return Match(service, f"The line holds the name “{known}”.")


def _names_in_lines(service: KnownService) -> Iterator[str]:
    kept = {normalized(name) for name in service.whole_only}
    for name in dict.fromkeys(normalized(each) for each in service.names):
        if len(name) >= SHORTEST_IN_A_LINE and name not in kept:
            yield name


def require_seen_name(name: str) -> None:
    if not normalized(name):
        raise RuleBroken("Say what the tool is called.", field="name")


def require_target(*, item: int, merged_into: int | None, system: int | None, chain: Collection[int]) -> None:
    """Exactly one target; `chain` is the target item and where it was merged to in turn."""
    if (merged_into is None) == (system is None):
        raise RuleBroken("Choose what it is the same as: another item or an AI system.", field="target")
    if item in chain:
        raise RuleBroken("An item cannot be merged into itself, not even through others.", field="target")
