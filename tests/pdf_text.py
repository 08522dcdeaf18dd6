"""What a reader sees on each page of a PDF that the portal wrote, without the blanks."""

from __future__ import annotations

import io
import re
from typing import Any

import pikepdf

PAIRS = re.compile(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")


def pages_text(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [_text_of(page) for page in pdf.pages]


def _text_of(page: Any) -> str:
    fonts = {name: _letters(font) for name, font in page.Resources.Font.items()}
    found, letters = "", {}
    for instruction in pikepdf.parse_content_stream(page):
        operands, operator = instruction.operands, instruction.operator
        if str(operator) == "Tf":
            letters = fonts[str(operands[0])]
        elif str(operator) in {"Tj", "TJ"}:
            pieces = operands if str(operator) == "Tj" else operands[0]
            found += "".join(
                _read(bytes(each), letters) for each in pieces if isinstance(each, pikepdf.String)
            )
    return re.sub(r"\s", "", found)


def _read(piece: bytes, letters: dict[int, str]) -> str:
    return "".join(letters.get(int.from_bytes(piece[at : at + 2]), "") for at in range(0, len(piece), 2))


def _letters(font: Any) -> dict[int, str]:
    """Glyph -> text, as the font itself says."""
    table = font.ToUnicode.read_bytes().decode("latin-1")
    return {
        int(glyph, 16): bytes.fromhex(text).decode("utf-16-be", "replace")
        for glyph, text in PAIRS.findall(table)
    }
