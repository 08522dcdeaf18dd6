"""Files, packs and checkpoints in an S3-compatible store, over HTTP; the server is a process of its own.

Runs where the store's libraries and moto are installed: requirements/s3.txt and `moto[s3,server]`.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from socket import socket
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from aims.core import blobs, checkpoints, jobs, tasks
from aims.core.models import Blob, TrailCheckpoint
from aims.core.tenancy.context import acting_as, acting_in
from audits.models import EvidencePack
from audits.packs import request_pack
from audits.standalone import verify
from tests.cast import House, as_member, build_house
from tests.core.evidence_sample import accepted

boto3 = pytest.importorskip("boto3", reason="requirements/s3.txt is not installed")
pytest.importorskip("storages", reason="requirements/s3.txt is not installed")
MOTO = shutil.which("moto_server")
pytestmark = pytest.mark.skipif(MOTO is None, reason="moto_server is not installed")
BUCKET, REGION, DAYS = "portal-files", "eu-central-1", 30


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(MOTO), "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            with socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def store(server: str, settings: Any) -> Any:
    """A bucket with object lock; the portal's settings as aims/settings.py makes them for S3."""
    keys = {"aws_access_key_id": "portal", "aws_secret_access_key": "secret", "region_name": REGION}
    client = boto3.client("s3", endpoint_url=server, **keys)
    name = f"{BUCKET}-{time.monotonic_ns()}"
    client.create_bucket(
        Bucket=name,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    options = {
        "bucket_name": name,
        "endpoint_url": server,
        "region_name": REGION,
        "access_key": "portal",
        "secret_key": "secret",
        "default_acl": "private",
        "file_overwrite": False,
    }
    settings.S3_LOCK_DAYS = DAYS
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
        "locked": {"BACKEND": "aims.core.locked_storage.LockedStorage", "OPTIONS": options},
    }
    client.bucket = name
    return client


@pytest.fixture
def own(transactional_db: None, store: Any) -> House:
    return build_house("Meadow Clinic", "meadow")


def keys_in(store: Any) -> set[str]:
    return {each["Key"] for each in store.list_objects_v2(Bucket=store.bucket).get("Contents", ())}


def is_locked_for_days(store: Any, key: str) -> bool:
    head = store.head_object(Bucket=store.bucket, Key=key)
    days = (head["ObjectLockRetainUntilDate"] - timezone.now()).total_seconds() / 86400
    return head["ObjectLockMode"] == "COMPLIANCE" and DAYS - 0.1 < days <= DAYS


def delete_is_refused(store: Any, key: str) -> bool:
    version = store.head_object(Bucket=store.bucket, Key=key)["VersionId"]
    try:
        store.delete_object(Bucket=store.bucket, Key=key, VersionId=version)
    except store.exceptions.ClientError as error:
        return bool(error.response["Error"]["Code"] == "AccessDenied")
    return False


def test_evidence_goes_up_and_comes_down_byte_for_byte(own: House, store: Any) -> None:
    item = accepted(own)
    with acting_in(own.organization):
        blob = Blob.objects.get()
        assert blobs.is_unchanged(blob)

    answer: Any = as_member(own, "lead").get(own.url(f"evidence/{item.pk}/download/"))

    content = b"".join(answer.streaming_content)
    assert hashlib.sha256(content).hexdigest() == blob.sha256
    assert keys_in(store) == {f"org/{own.organization.pk}/sha256/{blob.sha256[:2]}/{blob.sha256}"}
    assert "ObjectLockMode" not in store.head_object(Bucket=store.bucket, Key=blob.storage_key)


def test_the_same_bytes_are_kept_once(own: House, store: Any) -> None:
    accepted(own)
    accepted(own)

    assert len(keys_in(store)) == 1


def test_a_pack_is_built_from_the_store_kept_locked_in_it_and_verifies(
    own: House, store: Any, tmp_path: Any
) -> None:
    accepted(own)
    with acting_as(own.lead) as actor:
        pack = request_pack(actor=actor, as_of=timezone.localdate(), now=timezone.now())
    jobs.run(own.organization.pk, pack.job_id)

    with acting_in(own.organization):
        made = EvidencePack.objects.select_related("blob").get(pk=pack.pk)
        assert made.state == "ready", made.failure
        with blobs.open_blob(made.blob) as file:
            content = file.read()
    path = tmp_path / "pack.zip"
    path.write_bytes(content)
    assert verify.verify(path).ok
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert any(name.startswith("evidence/001-") for name in archive.namelist())
    assert is_locked_for_days(store, made.blob.storage_key)
    assert delete_is_refused(store, made.blob.storage_key)


def test_a_checkpoint_is_kept_locked_and_a_second_that_differs_is_refused(own: House, store: Any) -> None:
    tasks.checkpoint(organization_id=own.organization.pk)
    tasks.checkpoint(organization_id=own.organization.pk)

    with acting_in(own.organization):
        row = TrailCheckpoint.objects.get()
    key = f"checkpoints/{own.organization.pk}-meadow/{row.seq:012d}.note"
    assert keys_in(store) == {key}
    assert store.get_object(Bucket=store.bucket, Key=key)["Body"].read().decode() == row.note
    assert is_locked_for_days(store, key) and delete_is_refused(store, key)
    with pytest.raises(checkpoints.AnotherCheckpoint):
        checkpoints.keep_outside(own.organization, f"{row.seq:012d}.note", b"another")
    assert keys_in(store) == {key}


def test_without_days_nothing_is_locked(own: House, store: Any, settings: Any) -> None:
    settings.S3_LOCK_DAYS = 0
    tasks.checkpoint(organization_id=own.organization.pk)

    assert keys_in(store) == set()
    assert "locked" in storages.backends
