"""A sheet of a register that came back, beside the register: what it changes, cell by cell.

What a record said when the sheet was made is read from the row history by the version that the sheet names,
so that nobody has to trust the file for it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from aims.core.exceptions import RuleBroken
from aims.core.history import event_model
from aims.core.models import Member
from aims.core.ownerships import holders
from inventory.exports.sheet import workbook_of
from inventory.imports import shapes
from inventory.imports.fields import COLUMNS
from inventory.imports.lines import hash_lines, hashes_in, measure_lines, measures_in
from inventory.imports.own_fields import PREFIX, RETIRED
from inventory.imports.record import ParsedFile, ParsedSystem
from inventory.imports.shapes import Shape
from inventory.imports.text import clean
from inventory.models import AIModel, AISystem, CustomField, DataSet, InventoryImport, Prompt, Supplier
from inventory.queries.exports import check_count
from inventory.queries.oversight import tell_oversight, with_oversight
from inventory.queries.own_columns import NONE, OwnColumns, own_columns
from inventory.rules.custom_fields import read_value
from inventory.rules.sheets import Cell, Verdict, verdict_of

#: Columns of which a cell holds several lines: how they are written, and how they are read.
IN_LINES: Mapping[str, Callable[[Any], str]] = {"hashes": hash_lines, "measures": measure_lines}
LINES_IN: Mapping[str, Callable[[str], Any]] = {"hashes": hashes_in, "measures": measures_in}
Words = Mapping[str, Mapping[int, str]]
TAKEABLE = frozenset({Verdict.CHANGED, Verdict.CONFLICT})


@dataclass(frozen=True, eq=False)
class Named:
    """A cell that names another record by one of its words, and who or what may be named."""

    column: str
    word: str
    model: Any
    among: Callable[[], Any]
    unknown: str
    #: Whether a cell names several, as a list.
    is_list: bool = False

    def words(self) -> dict[int, str]:
        return dict(self.model.objects.values_list("id", self.word))

    def found(self, text: str) -> Any:
        record = self.among().filter(**{f"{self.word}__iexact": text}).first()
        if record is None:
            raise RuleBroken(self.unknown.format(text), field=self.column)
        return record

    def everything(self) -> dict[str, Any]:
        return {getattr(each, self.word).casefold(): each for each in self.among()}

    def said_of(self, record: Any, words: Mapping[int, str]) -> Any:
        """The words of what the record names, as a cell has them."""
        if self.is_list:
            return sorted(words.get(number, "") for number in getattr(record, f"{self.column}_ids"))
        return words.get(getattr(record, f"{self.column}_id") or 0, "")

    def meant(self, said: Any) -> Any:
        """The records that a cell names. Raises RuleBroken for a word of none."""
        found = [self.found(each) for each in _listed(said)]
        return found if self.is_list else next(iter(found), None)

    def refused(self, said: Any, known: Collection[str]) -> str:
        """Why nothing can be named by this cell; nothing where all that it names is known."""
        return " ".join(self.unknown.format(each) for each in _listed(said) if each.casefold() not in known)


OWNER_OF_SYSTEM = Named(
    "owner", "email", Member, lambda: holders("systems"), "No AI system owner here has the address {}."
)
RISK_OWNER = Named(
    "risk_owner", "email", Member, lambda: holders("system-risks"), "No risk owner here has the address {}."
)
WATCHERS = Named(
    "oversight",
    "email",
    Member,
    lambda: Member.objects.active(),
    "No member here has the address {}.",
    is_list=True,
)
OWNER = Named("owner", "email", Member, lambda: Member.objects.active(), "No member here has the address {}.")
SUPPLIER = Named(
    "supplier", "name", Supplier, lambda: Supplier.objects.all(), "No supplier here is named {}."
)
AI_MODEL = Named(
    "ai_model", "reference", AIModel, lambda: AIModel.objects.all(), "There is no AI model {} here."
)


def _listed(said: Any) -> list[str]:
    return said if isinstance(said, list) else [said] if said else []


@dataclass(frozen=True, eq=False)
class Register:
    """A register that goes out as a sheet and comes back; `view` is the verb that reads it."""

    model: Any
    shape: Shape
    heading: str
    plural: str
    route: str
    url_name: str
    view: str
    named: Mapping[str, Named]
    #: What a record names in a table beside its own: read along with the records, and told of their history.
    beside: Callable[[Any], Any] = lambda found: found
    tell_beside: Callable[[Collection[Any]], None] = lambda events: None

    def words(self) -> Words:
        return {key: named.words() for key, named in self.named.items()}

    def read(self, key: str, value: Any) -> Any:
        """What the column holds where a cell says this: of lines a list, of a day the date, of nothing what
        nothing is there."""
        column: Any = self.model._meta.get_field(COLUMNS.get(key, key))
        if value is None:
            return "" if column.empty_strings_allowed else column.get_default()
        if key in LINES_IN:
            return LINES_IN[key](value)
        return column.to_python(value) if isinstance(column, models.DateField) else value


SYSTEMS = Register(
    model=AISystem,
    shape=shapes.SYSTEMS,
    heading="AI system",
    plural="systems",
    route="system",
    url_name="systems",
    view="inventory.view_system",
    named={"owner_email": OWNER_OF_SYSTEM, "risk_owner_email": RISK_OWNER, "oversight_emails": WATCHERS},
    beside=with_oversight,
    tell_beside=tell_oversight,
)
SUPPLIERS = Register(
    model=Supplier,
    shape=shapes.SUPPLIERS,
    heading="Supplier",
    plural="suppliers",
    route="supplier",
    url_name="suppliers",
    view="inventory.view_suppliers",
    named={"owner_email": OWNER},
)


def _of_resources(model: Any, shape: Shape, heading: str, plural: str, **named: Named) -> Register:
    return Register(
        model=model,
        shape=shape,
        heading=heading,
        plural=plural,
        route=model.route,
        url_name=f"{model.route}s",
        view="inventory.view_resources",
        named={"owner_email": OWNER, "supplier": SUPPLIER, **named},
    )


MODELS = _of_resources(AIModel, shapes.MODELS, "AI model", "AI models")
DATA_SETS = _of_resources(DataSet, shapes.DATA_SETS, "Data set", "data sets")
PROMPTS = _of_resources(Prompt, shapes.PROMPTS, "Prompt or agent", "prompts and agents", ai_model=AI_MODEL)
OF_RESOURCES = (MODELS, DATA_SETS, PROMPTS)
REGISTERS = (SYSTEMS, SUPPLIERS, *OF_RESOURCES)
BY_KEY = {register.shape.key: register for register in REGISTERS}
BY_MODEL = {register.model: register for register in REGISTERS}


@dataclass(frozen=True)
class SheetRow:
    """One record with the cells that differ; `row_version` is that of the record as it is now."""

    record: Any
    row_version: int
    cells: list[Cell]


@dataclass(frozen=True)
class Comparison:
    """`retired` are columns of the sheet whose fields are asked for no more."""

    rows: list[SheetRow]
    unknown: list[str]
    retired: list[str]
    register: Register = SYSTEMS

    def count(self, verdict: Verdict) -> int:
        return sum(cell.verdict is verdict for row in self.rows for cell in row.cells)

    @property
    def takes(self) -> int:
        """Cells that can be taken over."""
        return sum(self.count(each) for each in TAKEABLE)


def sheet_of(found: Any, register: Register = SYSTEMS) -> bytes:
    """Raises RuleBroken for more records than one answer can hold."""
    check_count(found, register.plural)
    shape = shape_of(register)
    return workbook_of(sheet_rows(found, register, shape), shape)


def shape_of(register: Register) -> Shape:
    return _own(register).fields.added_to(register.shape)


def _own(register: Register) -> OwnColumns:
    """The organization's own fields, which only AI systems have."""
    return own_columns() if register is SYSTEMS else NONE


def sheet_rows(found: Any, register: Register, shape: Shape) -> Iterator[dict[str, Any]]:
    words = register.words()
    for record in register.beside(found).order_by("id"):
        values = {each.key: _of(record, each.key, register, words) for each in shape.fields}
        yield {**values, "reference": record.reference, "record_version": record.row_version}


def is_sheet(parsed: ParsedFile) -> bool:
    return any(is_of_register(each) for each in (*parsed.systems, *parsed.lines))


def register_of(upload: InventoryImport) -> Register:
    return BY_KEY[upload.preview["register"]] if upload.preview else SYSTEMS


def lines_of(upload: InventoryImport) -> tuple[ParsedSystem, ...]:
    """What the sheet says, row by row."""
    if not upload.preview:
        return ()
    return _lines(ParsedFile.from_data(upload.preview))


def _lines(parsed: ParsedFile) -> tuple[ParsedSystem, ...]:
    return parsed.lines or parsed.systems


def is_of_register(each: ParsedSystem) -> bool:
    """Of a row that is not, everything is new."""
    return bool(_version(each) and each.fields.get("reference"))


def comparison_of(upload: InventoryImport) -> Comparison:
    """As many queries whatever the number of rows: five, and two for each column that names others."""
    register = register_of(upload)
    if not upload.preview:
        return Comparison([], [], [], register)
    own = _own(register)
    parsed = own.fields.settled(ParsedFile.from_data(upload.preview))
    said = [each for each in _lines(parsed) if is_of_register(each)]
    named = [str(each.fields["reference"]) for each in said]
    found = register.model.objects.select_related("organization").filter(reference__in=named)
    records = {record.reference: record for record in register.beside(found)}
    bases = _bases(register, records.values(), {_version(each) for each in said})
    here = Here(
        register,
        own.fields.added_to(register.shape),
        own.asked,
        register.words(),
        {key: each.everything() for key, each in register.named.items()},
    )
    rows = []
    for each, reference in zip(said, named, strict=True):
        record = records.get(reference)
        if record is None:
            continue
        base = bases.get((record.pk, _version(each)))
        cells = list(_cells(each, here, record, base))
        if cells:
            rows.append(SheetRow(record, record.row_version, cells))
    unknown = [reference for reference in named if reference not in records]
    retired = [each.path for each in parsed.unmapped if each.reason == RETIRED]
    return Comparison(rows, unknown, retired, register)


def _version(each: ParsedSystem) -> int:
    version = each.fields.get("record_version")
    return version if isinstance(version, int) else 0


def _bases(register: Register, records: Iterable[Any], versions: set[int]) -> dict[tuple[int, int], Any]:
    events: Any = event_model(register.model)
    pks = [record.pk for record in records]
    found = events.objects.filter(pgh_obj_id__in=pks, row_version__in=versions).order_by("pgh_id")
    bases = {(event.pgh_obj_id, event.row_version): event for event in found}
    register.tell_beside(bases.values())
    return bases


@dataclass(frozen=True)
class Here:
    """What cells of a sheet are looked at against, once for all of them."""

    register: Register
    shape: Shape
    own: Mapping[str, CustomField]
    words: Words
    nameable: Mapping[str, Collection[str]]

    @property
    def compared(self) -> Iterable[str]:
        """The stage of a system and the state of a supplier are moved by steps, never by a sheet."""
        return (each.key for each in self.shape.fields if each.key != "stage")

    def of(self, record: Any, key: str) -> Any:
        return _of(record, key, self.register, self.words)

    def compares(self, key: str) -> Callable[[Any], Any]:
        """A name or an address is the same in capitals; choices of one's own may hold any sign."""
        if key in self.register.named:
            return _folded
        return _unsplit if key in self.own else _as_it_is

    def refused(self, key: str, value: Any) -> str:
        """Why the register cannot hold what a cell says; nothing where it can."""
        if key in self.register.named:
            return self.register.named[key].refused(value, self.nameable[key])
        if key in self.own:
            try:
                read_value(self.own[key], value)
            except RuleBroken as refused:
                return refused.sentence
        return ""


def _cells(each: ParsedSystem, there: Here, record: Any, base: Any) -> Iterator[Cell]:
    problems = {problem.field: problem.sentence for problem in each.problems}
    for key in there.compared:
        here = there.of(record, key)
        before = there.of(base, key) if base is not None else None
        problem, verdict = problems.get(key, ""), None
        if not problem and key in each.fields:
            alike = there.compares(key)
            verdict = verdict_of(
                base=alike(before),
                here=alike(here),
                sheet=alike(each.fields[key]),
                is_base_known=base is not None,
            )
            if verdict in TAKEABLE:
                problem = there.refused(key, each.fields[key])
        if problem:
            verdict = Verdict.REFUSED
        if verdict:
            yield Cell(
                key=key,
                label=there.shape.by_key[key].label,
                base=_words(before) if base is not None else None,
                here=_words(here),
                sheet=_words(each.fields.get(key)),
                verdict=verdict,
                problem=problem,
            )


def _of(record: Any, key: str, register: Register, words: Words) -> Any:
    """What a cell says of the record, as a reader of the cell would have it."""
    if named := register.named.get(key):
        return named.said_of(record, words[key])
    if key.startswith(PREFIX):
        value = record.custom.get(key.removeprefix(PREFIX))
    else:
        value = getattr(record, COLUMNS.get(key, key))
    if key in IN_LINES:
        value = IN_LINES[key](value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return clean(value) if isinstance(value, str) else value


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(each) for each in value]
    return value.casefold() if isinstance(value, str) else value


def _unsplit(value: Any) -> Any:
    return str(sorted(value)) if isinstance(value, list) and value else value


def _as_it_is(value: Any) -> Any:
    return value


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, list | tuple) else str(value if value is not None else "")
