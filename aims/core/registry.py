"""What travels up: lower apps name a place, higher apps fill it from their AppConfig.ready()."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime

    from django.db.models import QuerySet

    from aims.core.actor import Actor
    from aims.core.documents import Section
    from aims.core.exceptions import RuleBroken
    from aims.core.machines import Machine
    from aims.core.models import Member

#: Raises to refuse; may answer with what it saw.
Guard = Callable[..., str | None]
Effect = Callable[..., None]


@dataclass(frozen=True)
class NavigationEntry:
    """One line of the rail. `verb` decides who sees it; the rows of `count` are the number beside it."""

    group: str
    label: str
    url_name: str
    icon: str
    verb: str
    order: int
    count: Callable[[Actor], QuerySet[Any]] | None = None


@dataclass(frozen=True)
class Panel:
    """A part of another app's page, such as the risks of a system; `context` has fixed queries."""

    place: str
    key: str
    title: str
    order: int
    verb: str
    template: str
    context: Callable[[Actor, Any], Mapping[str, Any]]
    #: of twelve columns; two short panels in a row stand side by side
    span: int = 12

    def shown(self, actor: Actor, subject: Any) -> dict[str, Any]:
        """What `core/_panels.html` asks for."""
        context = self.context(actor, subject)
        return {"title": self.title, "template": self.template, "context": context, "span": self.span}


@dataclass(frozen=True)
class WorkItem:
    """One line of somebody's to-do list."""

    title: str
    detail: str
    url: str
    icon: str
    action: str
    due: datetime.date | None = None


@dataclass(frozen=True)
class Due:
    """A reminder that is due today (member ids are told). `step` is the offset in days that the rule names.

    A source yields the latest step reached, so that a scheduler that was down catches up with one reminder.
    """

    rule: str
    object_type: str
    object_id: int
    due_date: datetime.date
    member_ids: tuple[int, ...]
    text: str
    url: str
    step: int | None = None
    #: told to its people and kept in no register that others read
    is_confidential: bool = False


@dataclass(frozen=True)
class CalendarEntry:
    """A date that somebody has to keep; `kind` names the group that the calendar filters by."""

    day: datetime.date
    kind: str
    title: str
    url: str
    icon: str
    detail: str = ""


@dataclass(frozen=True)
class SearchHit:
    kind: str
    label: str
    url: str


@dataclass(frozen=True)
class SeparatedAct:
    """An act that a rule of separation of duties keeps apart, and that an exception may allow for a time."""

    rule: str
    object_type: str
    title: str


@dataclass(frozen=True)
class Stale:
    """A record that may no longer hold after a change, and why; `key` names it to its source."""

    key: str
    label: str
    why: str
    url: str


@dataclass(frozen=True)
class StaleSource:
    """What one app knows to be stale: (system, kind of change) -> records; opening one of them again."""

    name: str
    found: Callable[[Any, str], Iterable[Stale]]
    reopen: Callable[[Actor, str, str, datetime.datetime], None]


@dataclass(frozen=True)
class Owned:
    """One record that somebody answers for; `key` names it to its source."""

    key: str
    label: str
    url: str


@dataclass(frozen=True)
class Kept:
    """What still names a person whose data was erased, and why; its label does not."""

    label: str
    url: str
    why: str


@dataclass(frozen=True)
class Ownership:
    """What a member owns in one register, and the app's own verb that gives one record to another member.

    `roles`: one of them is needed to own it; empty means any. Without `give` it has to be ended instead.
    """

    name: str
    title: str
    roles: frozenset[str]
    owned: Callable[[Member], Iterable[Owned]]
    give: Callable[[Actor, str, Member, Member], None] | None


@dataclass(frozen=True)
class EvidenceUse:
    """A kind of record that refers to evidence, told to those who may `verb`.

    `links` are rows with an `evidence_id`, in the order to be shown; `told` gives label and address of one.
    """

    verb: str
    links: Callable[[], QuerySet[Any]]
    told: Callable[[Any], tuple[str, str]]


@dataclass(frozen=True)
class IntakeFact:
    """What one answer of an intake says to a published question, by its id."""

    answer: str
    question: str
    value: str


@dataclass(frozen=True)
class IntakeReason:
    """Why an intake came out as it did: `about` is a class, `screening` or `tier`."""

    about: str
    answer: str
    rule: str
    sentence: str


@dataclass(frozen=True)
class IntakeOpinion:
    """A class by the EU AI Act and a hint for the screening, for the time being."""

    ai_act_class: str
    screening: str
    needs_legal_review: bool
    reasons: tuple[IntakeReason, ...]


@dataclass(frozen=True)
class IntakeJudge:
    """Who knows the rules behind an intake: what they say of it, and the real thing that it opens."""

    judge: Callable[[Iterable[IntakeFact]], IntakeOpinion]
    #: (actor, system, now): once there is a system, for actors who may
    begin: Callable[[Actor, Any, datetime.datetime], None]
    #: (actor, system) -> label and address of what asks everything
    asks_everything: Callable[[Actor, Any], Iterable[tuple[str, str]]]


@dataclass
class Registry:
    navigation: list[NavigationEntry] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    work_sources: list[Callable[[Actor, datetime.date], Iterable[WorkItem]]] = field(default_factory=list)
    reminder_sources: list[Callable[[datetime.date], Iterable[Due]]] = field(default_factory=list)
    daily_rounds: list[Callable[[Actor, datetime.date], None]] = field(default_factory=list)
    pack_sections: list[Callable[[datetime.date], Iterable[Section]]] = field(default_factory=list)
    #: (actor, first day, last day) -> what falls into that time
    calendar_sources: list[Callable[[Actor, datetime.date, datetime.date], Iterable[CalendarEntry]]] = field(
        default_factory=list
    )
    home_parts: list[Callable[[Actor, datetime.date], Mapping[str, Any]]] = field(default_factory=list)
    search_sources: list[Callable[[Actor, str], Iterable[SearchHit]]] = field(default_factory=list)
    quick_actions: list[tuple[str, str, str]] = field(default_factory=list)
    evidence_uses: list[EvidenceUse] = field(default_factory=list)
    guards: dict[tuple[str, str], Guard] = field(default_factory=dict)
    effects: dict[tuple[str, str], list[Effect]] = field(default_factory=dict)
    #: run when an organization is made, such as taking over the control library
    adoptions: list[Callable[[Actor, datetime.datetime], None]] = field(default_factory=list)
    #: what members own; nobody leaves before it went to somebody else
    ownerships: list[Ownership] = field(default_factory=list)
    #: (departed member, the names they went by) -> what is sealed and may name them, and why it stays
    sealed_records: list[Callable[[Member, Iterable[str]], Iterable[Kept]]] = field(default_factory=list)
    #: what a change of an AI system makes stale, told by each app of its own records
    stale_sources: list[StaleSource] = field(default_factory=list)
    #: what closes every way on of an AI system but the ones to its end, whatever its gate asks for by itself
    system_stops: list[Callable[[Any], RuleBroken | None]] = field(default_factory=list)
    intake_judges: list[IntakeJudge] = field(default_factory=list)
    separated_acts: list[SeparatedAct] = field(default_factory=list)
    #: (title, database function -> organization, number) that the operators' list of organizations shows
    operator_counts: list[tuple[str, str]] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    job_kinds: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def guard(self, machine: str, text: str) -> Callable[[Guard], Guard]:
        """Provide the one function behind a guard string of state-machines.yaml."""

        def provide(function: Guard) -> Guard:
            if (machine, text) in self.guards:
                raise RuntimeError(f"{machine} already has a provider for the guard {text!r}")
            self.guards[machine, text] = function
            return function

        return provide

    def effect(self, machine: str, text: str) -> Callable[[Effect], Effect]:
        def provide(function: Effect) -> Effect:
            self.effects.setdefault((machine, text), []).append(function)
            return function

        return provide

    def job(self, kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register the function that does one kind of job (see aims.core.jobs)."""

        def provide(function: Callable[..., Any]) -> Callable[..., Any]:
            self.job_kinds[kind] = function
            return function

        return provide

    def panels_at(self, place: str) -> Iterator[Panel]:
        return iter(sorted((p for p in self.panels if p.place == place), key=lambda p: p.order))


registry = Registry()
