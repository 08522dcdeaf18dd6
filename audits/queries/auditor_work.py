"""Notes and finding drafts of external auditors: the organization reads what was shared or issued."""

from __future__ import annotations

from django.db.models import QuerySet

from aims.core.actor import Actor
from audits.enums import DraftState
from audits.models import AuditorNote, FindingDraft


def notes_for(actor: Actor) -> QuerySet[AuditorNote]:
    found: QuerySet[AuditorNote] = AuditorNote.objects.select_related("engagement", "grant", "request")
    return found if actor.is_auditor else found.exclude(shared_at=None)


def drafts_for(actor: Actor) -> QuerySet[FindingDraft]:
    found: QuerySet[FindingDraft] = FindingDraft.objects.all()
    return found if actor.is_auditor else found.exclude(state=DraftState.DRAFT)
