"""Looks at a packed file before anything opens it: the danger of a workbook is its unpacked size."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

from inventory.imports.formats import ZIP_MAGIC, ImportRefused
from inventory.imports.limits import MEGABYTE, Limits

ENCRYPTED_FLAG = 0x1
# Below this an extreme ratio is only an almost empty sheet.
RATIO_MATTERS_FROM = 2 * MEGABYTE
NESTED_MAGICS = (ZIP_MAGIC, b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")


def refuse_hostile_archive(path: Path, *, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive.infolist(), limits)
            for entry in archive.infolist():
                _check_entry(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise ImportRefused("The workbook is damaged and cannot be unpacked.") from error


def _check_sizes(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.max_zip_entries:
        raise ImportRefused(f"The workbook has more than {limits.max_zip_entries} parts and is not opened.")
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if unpacked > limits.max_unpacked_bytes:
        raise ImportRefused(
            f"The workbook would unpack to more than {limits.max_unpacked_bytes // MEGABYTE} MB "
            "and is not opened: split it."
        )
    if unpacked > RATIO_MATTERS_FROM and unpacked > packed * limits.max_unpacked_ratio:
        raise ImportRefused(
            f"The workbook unpacks to more than {limits.max_unpacked_ratio} times its size and is not opened."
        )


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in entry.filename:
        raise ImportRefused("The workbook contains a part with an unsafe path and is not opened.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ImportRefused("The workbook contains a link and is not opened.")
    if entry.flag_bits & ENCRYPTED_FLAG:
        raise ImportRefused("The workbook is password-protected: save it without a password.")
    if name.name.lower() == "vbaproject.bin":
        raise ImportRefused("The workbook contains macros: save it as .xlsx without macros.")
    with archive.open(entry) as part:
        if part.read(8).startswith(NESTED_MAGICS):
            raise ImportRefused("The workbook contains another archive and is not opened.")
