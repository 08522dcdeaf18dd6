"""Uploaded files: hashed while streaming, limited, stored by content, served as attachments only."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, default_storage, storages
from django.db import connection
from django.http import FileResponse

from aims.core.exceptions import RuleBroken
from aims.core.models import Blob
from aims.core.tenancy.context import current_actor

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: extension -> (media type, magic bytes it must begin with; empty: text, which must decode)
ALLOWED: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (ZIP,)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (ZIP,)),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", (ZIP,)),
    "odt": ("application/vnd.oasis.opendocument.text", (ZIP,)),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", (ZIP,)),
    "zip": ("application/zip", (ZIP,)),
    "csv": ("text/csv", ()),
    "txt": ("text/plain", ()),
    "log": ("text/plain", ()),
    "md": ("text/markdown", ()),
    "json": ("application/json", ()),
    "eml": ("message/rfc822", ()),
}
LONGEST_NAME = 150
CHUNK = 1 << 20
#: First half of the advisory lock between storing and sweeping; the other is the organization's number.
STORING = 42001


def store(file: Any, *, name: str, trusted_type: str = "", locked: bool = False) -> Blob:
    """Keep the bytes once per organization; raises RuleBroken when the file is refused.

    `trusted_type` is for files the portal itself has made; `locked` for those that nobody may delete for a
    time, where the store can do that.
    """
    clean = clean_name(name)
    media_type = trusted_type or _sniff(file, clean)
    digest, size = _measure(file, limit=settings.MAX_UPLOAD_BYTES)
    organization_id = current_actor().organization_id
    known = Blob.objects.filter(sha256=digest).first()
    if known is not None:
        return known
    _hold_off_sweeping(organization_id)
    key = f"{folder_of(organization_id)}/{digest[:2]}/{digest}"
    if not _is_whole(key, digest):
        file.seek(0)
        key = (lock() if locked else default_storage).save(key, File(file))
    # Two first uploads of the same bytes at once give the one row.
    blob, _ = Blob.objects.get_or_create(
        organization_id=organization_id,
        sha256=digest,
        defaults={"size": size, "media_type": media_type, "file_name": clean, "storage_key": key},
    )
    return blob


def folder_of(organization_id: int) -> str:
    """Where the files of an organization lie, in the store."""
    return f"org/{organization_id}/sha256"


def _hold_off_sweeping(organization_id: int) -> None:
    """Until the row is committed: a file that lies there already may be one that is about to be swept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [STORING, organization_id])


def nobody_is_storing(organization_id: int) -> bool:
    """True holds whoever wants to store back until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [STORING, organization_id])
        return bool(cursor.fetchone()[0])


def _is_whole(key: str, digest: str) -> bool:
    """Whether the bytes are there already. What a process left that died while it wrote them is removed."""
    if not default_storage.exists(key):
        return False
    with default_storage.open(key, "rb") as left:
        found, _ = _measure(left, limit=None)
    if found != digest:
        default_storage.delete(key)
    return found == digest


def lock() -> Storage:
    """The same store, putting with retention where the operator asked for it."""
    return storages["locked"] if settings.S3_LOCK_DAYS else default_storage


def open_blob(blob: Blob) -> IO[bytes]:
    opened: IO[bytes] = default_storage.open(blob.storage_key, "rb")
    return opened


def is_unchanged(blob: Blob) -> bool:
    """Whether the stored bytes still have the hash they were stored under."""
    with open_blob(blob) as file:
        digest, _ = _measure(file, limit=None)
    return digest == blob.sha256


def serve(blob: Blob) -> FileResponse:
    """An attachment that no browser will run: the defence is here, not in the sniffing."""
    response = FileResponse(
        open_blob(blob), as_attachment=True, filename=blob.file_name, content_type=blob.media_type
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def clean_name(name: str) -> str:
    """NFC, no path, no control or direction-changing characters, at most 150 characters."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in base if unicodedata.category(c)[0] != "C").strip(" .")
    kept = re.sub(r'[<>:"|?*]', "_", kept)
    stem, dot, extension = kept.rpartition(".")
    if len(kept) > LONGEST_NAME and dot:
        kept = f"{stem[: LONGEST_NAME - len(extension) - 1]}.{extension}"
    return kept[:LONGEST_NAME] or "file"


def _sniff(file: Any, name: str) -> str:
    extension = name.rpartition(".")[2].lower()
    if extension not in ALLOWED:
        kinds = ", ".join(sorted(ALLOWED))
        raise RuleBroken(f"Files of the kind “{extension}” are not taken. Allowed: {kinds}.", field="file")
    media_type, magics = ALLOWED[extension]
    file.seek(0)
    head = file.read(8192)
    if not head:
        raise RuleBroken("The file is empty.", field="file")
    if (magics and not head.startswith(magics)) or (not magics and not _is_text(head)):
        raise RuleBroken(f"The file's content is not what “.{extension}” says it is.", field="file")
    return media_type


def _is_text(head: bytes) -> bool:
    return b"\x00" not in head and not head.startswith((ZIP, OLE, b"%PDF-", b"MZ", b"\x7fELF"))


def _measure(file: Any, *, limit: int | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(file):
        size += len(chunk)
        if limit is not None and size > limit:
            raise RuleBroken(
                f"This file is too large. The limit is {limit // 1024 // 1024} MB.", field="file"
            )
        digest.update(chunk)
    return digest.hexdigest(), size


def _chunks(file: Any) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk
