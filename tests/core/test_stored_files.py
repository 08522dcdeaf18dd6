"""What lies in the store: whole files that a row tells of, and for a day or two only anything else."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections

from aims.core import blobs, orphans
from aims.core.actor import system_actor
from aims.core.tenancy.context import acting_in
from tests.cast import NOW, House
from tests.core.evidence_sample import submitted

pytestmark = pytest.mark.django_db
LONG_AGO = time.time() - 3 * 24 * 60 * 60


def left(house: House, name: str, *, at: float = LONG_AGO) -> Path:
    """A file in the organization's folder that no row tells of."""
    key = f"{blobs.folder_of(house.organization.pk)}/ab/{name}"
    path = Path(default_storage.path(default_storage.save(key, ContentFile(b"left behind"))))
    os.utime(path, (at, at))
    return path


def sweep(house: House) -> None:
    with acting_in(house.organization) as actor:
        orphans.sweep(actor, NOW.date())


def files(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "files").rglob("*") if path.is_file()}


def test_what_no_row_tells_of_is_swept_and_what_one_does_is_kept(house: House, tmp_path: Path) -> None:
    item = submitted(house)
    kept = Path(default_storage.path(item.blob.storage_key))  # type: ignore[union-attr]
    os.utime(kept, (LONG_AGO, LONG_AGO))
    left(house, "f" * 64)
    left(house, f"{'e' * 64}.0123456789abcdef.part")

    sweep(house)

    assert files(tmp_path) == {kept.name}


def test_a_file_of_today_is_left_alone(house: House) -> None:
    fresh = left(house, "f" * 64, at=time.time())

    sweep(house)

    assert fresh.exists()


def test_the_files_of_another_organization_are_not_looked_at(house: House, other_house: House) -> None:
    elsewhere = left(other_house, "f" * 64)

    sweep(house)

    assert elsewhere.exists()


def test_an_organization_without_files_has_nothing_to_sweep(house: House, tmp_path: Path) -> None:
    sweep(house)

    assert not (tmp_path / "files").exists()


def test_a_broken_write_leaves_nothing_under_the_name(house: House, tmp_path: Path, monkeypatch: Any) -> None:
    """As after a kill: the name stands for the whole bytes or for none."""

    def torn(self: Path, target: Path) -> Path:
        raise OSError("the power is gone")

    monkeypatch.setattr(Path, "replace", torn)

    with pytest.raises(OSError, match="power"):
        default_storage.save("org/1/sha256/ab/abc", ContentFile(b"whole"))

    assert not default_storage.exists("org/1/sha256/ab/abc")
    (part,) = files(tmp_path)
    assert part.endswith(".part")


def test_a_saved_file_has_its_name_and_no_part_is_left(tmp_path: Path) -> None:
    name = default_storage.save("org/1/sha256/ab/abc", ContentFile(b"whole"))

    assert name == "org/1/sha256/ab/abc"
    assert files(tmp_path) == {"abc"}
    assert (tmp_path / "files" / name).read_bytes() == b"whole"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_swept_while_somebody_stores(house: House) -> None:
    """The upload finds an old file of the same bytes and relies on it; its row is not committed yet."""
    orphan = left(house, "f" * 64)
    swept = threading.Event()

    def sweep_beside() -> None:
        with acting_in(house.organization, actor=system_actor(house.organization.pk)) as actor:
            orphans.sweep(actor, NOW.date())
        connections.close_all()
        swept.set()

    with acting_in(house.organization):
        blobs._hold_off_sweeping(house.organization.pk)
        beside = threading.Thread(target=sweep_beside)
        beside.start()
        assert swept.wait(20)
        assert orphan.exists()
    beside.join()

    sweep(house)
    assert not orphan.exists()
