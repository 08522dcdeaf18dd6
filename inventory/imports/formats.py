"""Which of the known formats a file is in, judged by its name and its first bytes together."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath


class ImportRefused(Exception):
    """The file as a whole cannot be imported; the text says why and what to do."""


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"
    HF = "hf"
    CROISSANT = "croissant"
    MODEL_CARD = "model_card"
    MLFLOW = "mlflow"


ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
UTF8_BOM = b"\xef\xbb\xbf"

CSV_ENDINGS = {".csv", ".tsv", ".txt"}
CARD_ENDINGS = {".md", ".markdown"}
JSON_ENDINGS = {".json", ".jsonld"}
KNOWN_ENDINGS = CSV_ENDINGS | CARD_ENDINGS | JSON_ENDINGS | {".xlsx"}

WHAT_CAN_BE_READ = (
    "Use CSV, XLSX, CycloneDX JSON (1.5 to 1.7), SPDX 3.0 JSON-LD, a Hugging Face card in Markdown, "
    "Croissant JSON-LD (1.0 or 1.1) or the JSON of the Model Card Toolkit."
)
OTHER_SPREADSHEETS = {".xls", ".xlsm", ".xlsb", ".ods", ".numbers"}

CYCLONEDX_MARK = re.compile(rb'"bomFormat"\s*:|"specFormat"\s*:\s*"CycloneDX"|cyclonedx\.org/schema')
CROISSANT_MARK = re.compile(rb'"https?://mlcommons\.org/(croissant|schema)/')
MODEL_CARD_MARK = re.compile(rb'"model_details"\s*:')
MLFLOW_MARK = re.compile(rb'^[\s{]*"mlflow_registry"\s*:')
SPDX_MARK = re.compile(rb'"spdxVersion"\s*:|spdx\.org/rdf|"@graph"\s*:|"spdxId"\s*:')


def detect(name: str, head: bytes) -> Format:
    ending = PurePath(name).suffix.lower()
    start = _printable_start(head)
    if not start:
        raise ImportRefused("The file is empty.")
    if ending in OTHER_SPREADSHEETS:
        raise ImportRefused(
            f"Files ending in {ending} cannot be read: save the sheet as .xlsx or .csv first."
        )
    if head.startswith(ZIP_MAGIC):
        return _packed(ending)
    if head.startswith(OLE_MAGIC):
        raise ImportRefused(
            "The workbook is password-protected or in an old format: save it as a plain .xlsx."
        )
    if ending == ".xlsx":
        raise ImportRefused("The file is named .xlsx but is no Excel workbook.")
    if start.startswith((b"{", b"[")):
        return _json(name, head)
    return _text(ending, start)


def _printable_start(head: bytes) -> bytes:
    # NUL bytes are dropped so that the first characters of UTF-16 text can be recognized as well.
    return head[:4096].removeprefix(UTF8_BOM).replace(b"\x00", b"").lstrip(b"\xff\xfe \t\r\n")


def _packed(ending: str) -> Format:
    if ending == ".xlsx" or ending not in KNOWN_ENDINGS:
        return Format.XLSX
    raise ImportRefused(f"The file is named {ending} but is a packed archive or workbook.")


def _json(name: str, head: bytes) -> Format:
    text = head.replace(b"\x00", b"")
    if MLFLOW_MARK.search(text):
        return Format.MLFLOW
    if CYCLONEDX_MARK.search(text):
        return Format.CYCLONEDX
    if CROISSANT_MARK.search(text):
        return Format.CROISSANT
    if SPDX_MARK.search(text):
        return Format.SPDX
    if MODEL_CARD_MARK.search(text):
        return Format.MODEL_CARD
    lowered = name.lower()
    if "spdx" in lowered or lowered.endswith(".jsonld"):
        return Format.SPDX
    if "cdx" in lowered or "cyclonedx" in lowered:
        return Format.CYCLONEDX
    raise ImportRefused(
        "The JSON file is neither a CycloneDX BOM nor an SPDX document, and no Croissant data set or model "
        f"card either. {WHAT_CAN_BE_READ}"
    )


def _text(ending: str, start: bytes) -> Format:
    if ending in JSON_ENDINGS:
        raise ImportRefused("The file is named as JSON but does not begin like JSON.")
    if start.startswith(b"<"):
        raise ImportRefused(f"XML and HTML cannot be read. {WHAT_CAN_BE_READ}")
    if ending in CARD_ENDINGS or start.startswith(b"---"):
        return Format.HF
    if ending in CSV_ENDINGS or not ending:
        return Format.CSV
    raise ImportRefused(f"Files ending in {ending} cannot be read. {WHAT_CAN_BE_READ}")
