"""Tables of the core, one file per noun."""

from aims.core.models.access import AccessGrant, ApiKey, EvidencePermission, GrantedObject, KeptAnswer
from aims.core.models.catalog import CatalogVersion
from aims.core.models.erasure import Erasure
from aims.core.models.evidence import Blob, Evidence
from aims.core.models.invitation import Invitation
from aims.core.models.job import Job
from aims.core.models.message import Mail, Notification, Reminder
from aims.core.models.operator import OperatorEvent
from aims.core.models.organization import Member, Organization, Reference
from aims.core.models.person import Person
from aims.core.models.separation import Delegation, RoleRequest, SeparationException
from aims.core.models.sign_in import EmailDomain, ExternalIdentity, SignInConnection
from aims.core.models.snapshot import Snapshot
from aims.core.models.trail import TrailCheckpoint, TrailEvent, TrailHead

__all__ = [
    "AccessGrant",
    "ApiKey",
    "Blob",
    "CatalogVersion",
    "Delegation",
    "EmailDomain",
    "Erasure",
    "Evidence",
    "EvidencePermission",
    "ExternalIdentity",
    "GrantedObject",
    "Invitation",
    "Job",
    "KeptAnswer",
    "Mail",
    "Member",
    "Notification",
    "OperatorEvent",
    "Organization",
    "Person",
    "Reference",
    "Reminder",
    "RoleRequest",
    "SeparationException",
    "SignInConnection",
    "Snapshot",
    "TrailCheckpoint",
    "TrailEvent",
    "TrailHead",
]
