"""Files in a directory that are whole or not there, also after a power cut."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """Writes beside the place, to the disk, and renames: a row never points at half a file."""

    def _save(self, name: str, content: Any) -> str:
        written = super()._save(f"{name}.{secrets.token_hex(8)}.part", content)  # type: ignore[misc]
        part, whole = Path(self.path(written)), Path(self.path(name))
        _to_disk(part)
        part.replace(whole)
        for directory in self._directories_of(whole):
            _to_disk(directory)
        return name

    def _directories_of(self, path: Path) -> list[Path]:
        """Up to the storage itself: each may have been made for this file."""
        root = Path(self.location)
        return [directory for directory in path.parents if directory == root or root in directory.parents]


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
