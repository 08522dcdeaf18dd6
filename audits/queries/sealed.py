"""Evidence packs that may name a person whose personal data is erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aims.core.models import Member
from aims.core.registry import Kept
from audits.models import EvidencePack

WHY = "Signed pack, built while the person was here: it may name them, and what was handed out cannot change."


def sealed_packs(member: Member, names: Iterable[str]) -> Iterator[Kept]:
    """Their files are not opened: every pack built since the person joined is named."""
    built = EvidencePack.objects.filter(built_at__gte=member.joined_at).select_related("organization")
    for pack in built.order_by("pk"):
        yield Kept(f"Evidence pack {pack.reference}", pack.get_absolute_url(), WHY)
