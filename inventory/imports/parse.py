"""One file in, one `ParsedFile` or one sentence out. Run it in a limited process: see `sandbox`."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TypeVar

from inventory.imports.croissant import read_croissant
from inventory.imports.csvfile import csv_rows, read_csv
from inventory.imports.cyclonedx import read_cyclonedx
from inventory.imports.formats import CSV_ENDINGS, OTHER_SPREADSHEETS, Format, ImportRefused, detect
from inventory.imports.hf import read_card
from inventory.imports.limits import MEGABYTE, Limits
from inventory.imports.mlflow import read_mlflow
from inventory.imports.model_card import read_model_card
from inventory.imports.node import load_json
from inventory.imports.own_fields import OwnFields
from inventory.imports.record import (
    ParsedComponent,
    ParsedFile,
    ParsedResource,
    ParsedSystem,
    Problem,
    Reading,
)
from inventory.imports.shapes import BY_REGISTER, SYSTEMS
from inventory.imports.spdx import read_spdx
from inventory.imports.text import decode_strictly, one_line
from inventory.imports.xlsxfile import read_xlsx, xlsx_rows

Part = TypeVar("Part", bound=ParsedSystem | ParsedResource)
DEFAULT_LIMITS = Limits()
NO_OWN = OwnFields()
POSITIONS_SHOWN = 5
LONGEST_SOURCE_PATH = 250
#: What may hold a plain table, or is told how to become one.
TABLE_ENDINGS = CSV_ENDINGS | OTHER_SPREADSHEETS | {".xlsx"}
ONLY_TABLES = "Use a CSV or XLSX file."


def parse(
    path: Path,
    *,
    name: str,
    format: Format | None = None,
    limits: Limits = DEFAULT_LIMITS,
    own: OwnFields = NO_OWN,
) -> ParsedFile:
    data = _read(path, limits)
    chosen = format or detect(name, data)
    try:
        reading = _reading(chosen, data, path, name=name, limits=limits, own=own)
    except RecursionError as error:
        raise ImportRefused("The file is nested too deeply to be read.") from error
    return ParsedFile(
        format=chosen,
        sha256=hashlib.sha256(data).hexdigest(),
        spec_version=reading.spec_version,
        systems=with_doubles_marked(reading.systems),
        register=reading.register,
        lines=_lines_with_doubles_marked(reading),
        components=tuple(_with_short_path(component) for component in reading.components),
        resources=resources_with_doubles_marked(reading.resources),
        unmapped=reading.unmapped,
        problems=reading.problems,
        notices=reading.notices,
    )


def plain_rows(path: Path, *, name: str, limits: Limits = DEFAULT_LIMITS) -> list[tuple[int, list[str]]]:
    """The filled rows of a CSV or XLSX file with their numbers, whatever they are about."""
    ending = PurePath(name).suffix.lower()
    if ending and ending not in TABLE_ENDINGS:
        raise ImportRefused(ONLY_TABLES)
    data = _read(path, limits)
    match detect(name, data):
        case Format.CSV:
            rows = csv_rows(data)
        case Format.XLSX:
            rows = xlsx_rows(path, limits=limits)
        case _:
            raise ImportRefused(ONLY_TABLES)
    found: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(rows, start=1):
        texts = [cell.text for cell in cells[: limits.max_columns]]
        if not any(text.strip() for text in texts):
            continue
        if len(found) > limits.max_rows:  # the headings are a row too
            raise ImportRefused(f"The file has more than {limits.max_rows} rows: split it.")
        found.append((number, texts))
    return found


def _read(path: Path, limits: Limits) -> bytes:
    with path.open("rb") as file:
        data = file.read(limits.max_bytes + 1)
    if not data:
        raise ImportRefused("The file is empty.")
    if len(data) > limits.max_bytes:
        raise ImportRefused(f"The file is larger than {limits.max_bytes // MEGABYTE} MB: split it.")
    return data


def _reading(
    format: Format, data: bytes, path: Path, *, name: str, limits: Limits, own: OwnFields
) -> Reading:
    match format:
        case Format.CSV:
            return read_csv(data, limits=limits, systems=own.added_to(SYSTEMS))
        case Format.XLSX:
            return read_xlsx(path, limits=limits, systems=own.added_to(SYSTEMS))
        case Format.CYCLONEDX:
            return read_cyclonedx(load_json(decode_strictly(data)), limits=limits)
        case Format.SPDX:
            return read_spdx(load_json(decode_strictly(data)), limits=limits)
        case Format.HF:
            return read_card(decode_strictly(data), name=name, limits=limits)
        case Format.CROISSANT:
            return read_croissant(load_json(decode_strictly(data)), limits=limits)
        case Format.MLFLOW:
            return read_mlflow(load_json(decode_strictly(data)), limits=limits)
        case Format.MODEL_CARD:
            return read_model_card(load_json(decode_strictly(data)), limits=limits)


def with_doubles_marked(systems: tuple[ParsedSystem, ...]) -> tuple[ParsedSystem, ...]:
    """Of two systems with one name or identifier a person must say which is meant, so both are marked."""
    by_id = _positions(systems, lambda system: system.external_id.casefold())
    by_name = _positions(systems, lambda system: " ".join(system.name.casefold().split()))
    marked = []
    for system in systems:
        found = [
            *_double(
                "external_id",
                f"identifier “{_short(system.external_id)}”",
                by_id[system.external_id.casefold()],
            ),
            *_double(
                "name", f"name “{_short(system.name)}”", by_name[" ".join(system.name.casefold().split())]
            ),
        ]
        marked.append(replace(system, problems=(*system.problems, *found)) if found else system)
    return tuple(marked)


def _lines_with_doubles_marked(reading: Reading) -> tuple[ParsedSystem, ...]:
    shape = BY_REGISTER.get(reading.register)
    if shape is None or not shape.is_of_versions:
        return with_doubles_marked(reading.lines)
    return _versions_with_doubles_marked(reading.lines, lambda line: "")


def resources_with_doubles_marked(resources: tuple[ParsedResource, ...]) -> tuple[ParsedResource, ...]:
    return _versions_with_doubles_marked(resources, lambda resource: resource.kind)


def _versions_with_doubles_marked(parts: tuple[Part, ...], kind: Callable[[Part], str]) -> tuple[Part, ...]:
    positions: dict[tuple[str, ...], list[str]] = defaultdict(list)
    keys = [
        (kind(part), part.name.casefold(), part.version.casefold()) if part.name else () for part in parts
    ]
    for part, key in zip(parts, keys, strict=True):
        positions[key].append(part.position)
    marked: list[Part] = []
    for part, key in zip(parts, keys, strict=True):
        what = f"version “{_short(part.version)}” of “{_short(part.name)}”"
        found = _double("version", what, positions[key]) if key else []
        marked.append(replace(part, problems=(*part.problems, *found)) if found else part)
    return tuple(marked)


def _with_short_path(component: ParsedComponent) -> ParsedComponent:
    if len(component.source_path) <= LONGEST_SOURCE_PATH:
        return component
    return replace(component, source_path=one_line(component.source_path, limit=LONGEST_SOURCE_PATH))


def _positions(systems: tuple[ParsedSystem, ...], key: Callable[[ParsedSystem], str]) -> dict[str, list[str]]:
    positions: dict[str, list[str]] = defaultdict(list)
    for system in systems:
        if key(system):
            positions[key(system)].append(system.position)
    return positions


def _double(field: str, what: str, positions: list[str]) -> list[Problem]:
    if len(positions) < 2:
        return []
    shown = ", ".join(positions[:POSITIONS_SHOWN])
    more = f" and {len(positions) - POSITIONS_SHOWN} more" if len(positions) > POSITIONS_SHOWN else ""
    return [Problem(field, f"The {what} stands in the file more than once: {shown}{more}.")]


def _short(text: str) -> str:
    return one_line(text, limit=80)
