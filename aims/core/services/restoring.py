"""After a restore: whether all is as it was backed up, and the line in each chain that says so."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from aims.core import blobs, directory, trail
from aims.core.actor import system_actor
from aims.core.backups import OPERATORS, Head, Manifest, manifest_digest
from aims.core.exceptions import RuleBroken
from aims.core.models import Blob, OperatorEvent, Organization, TrailEvent
from aims.core.operating import ALIAS, Operator, operating, verify_operator_trail
from aims.core.tenancy.context import acting_as, acting_in, current_organization
from aims.core.verification import verify

RESTORED = "organization.restored"


def differences(operator: Operator, manifest: Manifest) -> list[str]:
    """What of chains and files is not as the backup has it; nothing is written but the operators' line."""
    with operating(operator, "restore.checked", after={"manifest": manifest_digest(manifest)}):
        bad = verify_operator_trail().bad
        ends = {head.chain: head for head in manifest.heads}
        end = ends.get(OPERATORS)
        line = OperatorEvent.objects.using(ALIAS).filter(seq=end.seq).first() if end else None
    found = [f"The trail of operators, line {each.seq}: {each.sentence}" for each in bad]
    if end and (line is None or bytes(line.hash or b"").hex() != end.hash):
        found.append(f"The trail of operators, line {end.seq}: it is not the line of the backup.")
    present = directory.organization_ids()
    for chain, head in ends.items():
        if chain != OPERATORS and int(chain) not in present:
            found.append(f"{head.slug}: the organization is missing.")
    for number in present:
        found += _of_organization(number, ends.get(str(number)))
    return found


def _of_organization(number: int, head: Head | None) -> Iterator[str]:
    with acting_in(number):
        slug = current_organization().slug
        stored = list(Blob.objects.order_by("storage_key"))
    # The head in the manifest is an anchor outside the database, as a checkpoint is.
    anchors = {head.seq: bytes.fromhex(head.hash)} if head else {}
    for line in verify(number, anchors=anchors).bad:
        yield f"{slug}, line {line.seq}: {line.sentence}"
    for blob in stored:
        try:
            if not blobs.is_unchanged(blob):
                yield f"{slug}: the file {blob.storage_key} is not the one that was stored."
        except OSError:
            yield f"{slug}: the file {blob.storage_key} is missing."


def declare_restored(*, operator: Operator, manifest: Manifest, reason: str) -> int:
    """A line in every organization's chain and in the operators', all or none; how many organizations."""
    reason = " ".join(reason.split())
    if not reason:
        raise RuleBroken("Give a reason.", field="reason")
    after = {"backup": manifest.made_at, "manifest": manifest_digest(manifest)}
    present = directory.organization_ids()
    with operating(operator, "installation.restored", reason=reason, after=after), transaction.atomic():
        for number in present:
            actor = system_actor(number, name=operator.name)
            with acting_as(actor):
                _refuse_second(current_organization(), after["manifest"])
                trail.record(
                    actor,
                    RESTORED,
                    current_organization(),
                    reason=reason,
                    after=after | {"by": operator.label},
                )
    return len(present)


def _refuse_second(organization: Organization, manifest: str) -> None:
    if TrailEvent.objects.filter(action=RESTORED, body__contains=manifest).exists():
        raise RuleBroken(f"{organization.slug} was declared restored from this backup already.")
