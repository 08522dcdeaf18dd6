from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from inventory.imports.formats import Format, ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.parse import parse
from inventory.imports.record import ParsedFile

Read = Callable[..., ParsedFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes content to a file of that name and parses it."""

    def parse_content(
        name: str, content: bytes | str | dict, *, format: Format | None = None, **limits: int
    ) -> ParsedFile:
        if isinstance(content, dict):
            content = json.dumps(content)
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return parse(path, name=name, format=format, limits=Limits(**limits))

    return parse_content


@pytest.fixture
def refusal(read: Read) -> Callable[..., str]:
    """The sentence with which a file is refused; nothing else comes out of it."""

    def sentence(name: str, content: bytes | str | dict, **options: object) -> str:
        with pytest.raises(ImportRefused) as refused:
            read(name, content, **options)
        return str(refused.value)

    return sentence
