"""Tables of the core, one file per noun."""

from aims.core.models.access import AccessGrant, ApiKey, EvidencePermission, GrantedObject, KeptAnswer
from aims.core.models.catalog import CatalogVersion
from aims.core.models.erasure import Erasure
from aims.core.models.evidence import Blob, Evidence
from aims.core.models.invitation import Invitation
from aims.core.models.job import Job
from aims.core.models.message import Mail, Notification, Reminder
from aims.core.models.operator import OperatorEntry, OperatorEvent
from aims.core.models.organization import Member, Organization, Reference
from aims.core.models.person import Person
from aims.core.models.provisioning import DirectoryGroup, DirectoryGroupMember, ProvisionedMember
from aims.core.models.saved_view import SavedView
from aims.core.models.separation import Delegation, RoleRequest, SeparationException
from aims.core.models.sign_in import EmailDomain, ExternalIdentity, SamlAnswer, SignInConnection
from aims.core.models.snapshot import Snapshot
from aims.core.models.trail import TrailCheckpoint, TrailEvent, TrailHead, TrailText

__all__ = [
    "AccessGrant",
    "ApiKey",
    "Blob",
    "CatalogVersion",
    "Delegation",
    "DirectoryGroup",
    "DirectoryGroupMember",
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
    "OperatorEntry",
    "OperatorEvent",
    "Organization",
    "Person",
    "ProvisionedMember",
    "Reference",
    "Reminder",
    "RoleRequest",
    "SamlAnswer",
    "SavedView",
    "SeparationException",
    "SignInConnection",
    "Snapshot",
    "TrailCheckpoint",
    "TrailEvent",
    "TrailHead",
    "TrailText",
]
