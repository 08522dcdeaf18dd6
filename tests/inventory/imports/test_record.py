from inventory.imports.formats import Format
from inventory.imports.record import (
    ComponentKind,
    ParsedComponent,
    ParsedFile,
    ParsedSystem,
    Problem,
    Unmapped,
)

SYSTEM = ParsedSystem(
    position="row 2",
    external_id="A-1",
    fields={"name": "Größe “x”", "affected_count": 3, "in_scope": False, "places": ["a", "b"]},
    missing=("purpose",),
    unmapped=(Unmapped("column B", "1", "No heading."),),
    notices=(Problem("name", "Note."),),
)
COMPONENT = ParsedComponent(
    kind=ComponentKind.DATASET,
    name="Set",
    hashes=("SHA-256:ab",),
    details={"owners": ["x"]},
    used_by=("row 2",),
)


def file_of(*systems, **rest):
    return ParsedFile(format=Format.CSV, sha256="ab", systems=systems, **rest)


def test_the_json_form_gives_back_the_same():
    parsed = file_of(SYSTEM, components=(COMPONENT,), problems=(Problem("", "p"),), unmapped=SYSTEM.unmapped)

    assert ParsedFile.from_json(parsed.to_json()) == parsed


def test_one_problem_anywhere_stops_the_whole_file():
    broken = ParsedSystem(position="row 3", external_id="", fields={}, problems=(Problem("name", "None."),))

    assert file_of(SYSTEM).is_importable
    assert not file_of(SYSTEM, broken).is_importable
    assert not file_of(SYSTEM, problems=(Problem("", "p"),)).is_importable
    assert not file_of().is_importable
