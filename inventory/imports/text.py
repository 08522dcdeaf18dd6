"""Bytes to text, and text to text that a database and a page can hold."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from inventory.imports.formats import ImportRefused

# Control characters, half surrogates, byte order marks, and the marks that reverse the reading direction
# (they can make a name look like another one). Tab and line feed stay.
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")

READ_AS_WESTERN = (
    "The file is not in UTF-8. It was read as Western European text (Windows-1252 or Latin-1): "
    "check letters with accents."
)


@dataclass(frozen=True)
class Decoded:
    text: str
    note: str = ""


def decode(data: bytes) -> Decoded:
    """UTF-8 or UTF-16 by its mark, else UTF-8, else Western European with a note."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Decoded(_without_nul(_decode_as(data, "utf-16")))
    try:
        return Decoded(_without_nul(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return Decoded(_without_nul(_decode_western(data)), note=READ_AS_WESTERN)


def decode_strictly(data: bytes) -> str:
    """For formats that are defined as Unicode."""
    decoded = decode(data)
    if decoded.note:
        raise ImportRefused("The file is not valid UTF-8 text: save or export it as UTF-8.")
    return decoded.text


def clean(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.strip()
    joined = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", INVISIBLE.sub("", joined)).strip()


def has_invisible(text: str) -> bool:
    return bool(INVISIBLE.search(text.replace("\r", "\n").removeprefix("\ufeff")))


def one_line(text: str, *, limit: int) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ImportRefused("The file is marked as UTF-16 but is not valid UTF-16 text.") from error


def _decode_western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ImportRefused("The file is not a text file: it contains binary data.")
    return text
