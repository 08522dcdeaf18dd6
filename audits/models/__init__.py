"""The tables of audits: the organization's records, and what an external auditor may write."""

from audits.models.incidents import IncidentFinding
from audits.models.portal import (
    AuditorNote,
    AuditRequest,
    FindingDraft,
    InternalNote,
    RequestComment,
    RequestProof,
    Sample,
    SampleItem,
)
from audits.models.records import (
    Audit,
    AuditSystem,
    AuditTeamMember,
    Certificate,
    ChecklistItem,
    Engagement,
    EvidencePack,
    Finding,
    FindingQuerySet,
)

__all__ = [
    "Audit",
    "AuditRequest",
    "AuditSystem",
    "AuditTeamMember",
    "AuditorNote",
    "Certificate",
    "ChecklistItem",
    "Engagement",
    "EvidencePack",
    "Finding",
    "FindingDraft",
    "FindingQuerySet",
    "IncidentFinding",
    "InternalNote",
    "RequestComment",
    "RequestProof",
    "Sample",
    "SampleItem",
]
