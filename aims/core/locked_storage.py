"""Files that nobody changes or deletes for a time: object lock of an S3-compatible store, compliance mode."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from storages.backends.s3 import S3Storage  # type: ignore[import-not-found,import-untyped,unused-ignore]


class LockedStorage(S3Storage):  # type: ignore[misc,unused-ignore]
    """The bucket has to be made with object lock; without it the store refuses what is put here."""

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        until = timezone.now() + datetime.timedelta(days=settings.S3_LOCK_DAYS)
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
        return {**super().get_object_parameters(name), **lock}
