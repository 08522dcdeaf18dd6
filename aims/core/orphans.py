"""Stored files that no row tells of: an upload was undone, or a process died while it wrote."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.utils import timezone

from aims.core import blobs
from aims.core.actor import Actor
from aims.core.models import Blob

#: Younger ones may belong to an upload whose row is still to come.
LEFT_ALONE = datetime.timedelta(days=1)

logger = logging.getLogger(__name__)


def sweep(actor: Actor, today: datetime.date) -> None:
    """Delete them. Where somebody is storing a file at this moment, tomorrow is early enough."""
    folder = blobs.folder_of(actor.organization_id)
    if not blobs.nobody_is_storing(actor.organization_id):
        return
    known = set(Blob.objects.values_list("storage_key", flat=True))
    before = timezone.now() - LEFT_ALONE
    found = [key for key in _files(folder) if key not in known]
    orphans = [key for key in found if default_storage.get_modified_time(key) < before]
    for key in orphans:
        default_storage.delete(key)
    if orphans:
        logger.info("%s stored files that no row tells of were deleted", len(orphans))


def _files(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    yield from (f"{folder}/{name}" for name in names)
    for inner in folders:
        yield from _files(f"{folder}/{inner}")
