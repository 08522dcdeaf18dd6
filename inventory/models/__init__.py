"""Tables of the inventory, one file per noun."""

from inventory.models.ai_models import AIModel, ModelSystem
from inventory.models.changes import ChangeRequest, ChangeReview
from inventory.models.concerns import (
    Concern,
    ConcernAbout,
    ConcernAccess,
    ConcernEntry,
    ConcernHandler,
    ConcernMessage,
)
from inventory.models.context import ClimateDecision, ContextIssue
from inventory.models.custom_fields import CustomField
from inventory.models.data_sets import DataSet, DataSetSystem
from inventory.models.discovery import DiscoveredAI, DiscoverySighting, DiscoverySurvey
from inventory.models.gates import GateRecord, GoLiveRequest, StageRecord
from inventory.models.governance import (
    BodyDecision,
    BodyMeeting,
    BodySeat,
    GovernanceBody,
    MeetingPresence,
)
from inventory.models.imports import InventoryImport
from inventory.models.incidents import (
    Incident,
    IncidentEntry,
    IncidentEvidence,
    IncidentNotice,
    IncidentSystem,
    NoticeClause,
)
from inventory.models.intake import Intake
from inventory.models.model_registry import ModelRegistry
from inventory.models.monitoring import (
    Alert,
    Metric,
    MetricReading,
    ReadingBatch,
    ReEvaluationProposal,
)
from inventory.models.parties import InterestedParty, PartyNeed
from inventory.models.prompts import Prompt, PromptSystem
from inventory.models.questionnaires import QuestionnaireAnswer, SupplierQuestionnaire
from inventory.models.reporting import OutsideReport, ReportingForm
from inventory.models.scope import ScopeStatement
from inventory.models.sectors import AdoptedSector
from inventory.models.suppliers import (
    SubSupplier,
    Supplier,
    SupplierCondition,
    SupplierEvidence,
    SupplierNotice,
    SupplierSystem,
)
from inventory.models.systems import (
    IN_USE,
    AISystem,
    OversightPerson,
    SystemComponent,
    SystemEvidence,
    is_incomplete,
)
from inventory.models.transparency import Disclosure, DisclosureEvidence, TransparencyPage

__all__ = [
    "IN_USE",
    "AIModel",
    "AISystem",
    "AdoptedSector",
    "Alert",
    "BodyDecision",
    "BodyMeeting",
    "BodySeat",
    "ChangeRequest",
    "ChangeReview",
    "ClimateDecision",
    "Concern",
    "ConcernAbout",
    "ConcernAccess",
    "ConcernEntry",
    "ConcernHandler",
    "ConcernMessage",
    "ContextIssue",
    "CustomField",
    "DataSet",
    "DataSetSystem",
    "Disclosure",
    "DisclosureEvidence",
    "DiscoveredAI",
    "DiscoverySighting",
    "DiscoverySurvey",
    "GateRecord",
    "GoLiveRequest",
    "GovernanceBody",
    "Incident",
    "IncidentEntry",
    "IncidentEvidence",
    "IncidentNotice",
    "IncidentSystem",
    "Intake",
    "InterestedParty",
    "InventoryImport",
    "MeetingPresence",
    "Metric",
    "MetricReading",
    "ModelRegistry",
    "ModelSystem",
    "NoticeClause",
    "OutsideReport",
    "OversightPerson",
    "PartyNeed",
    "Prompt",
    "PromptSystem",
    "QuestionnaireAnswer",
    "ReEvaluationProposal",
    "ReadingBatch",
    "ReportingForm",
    "ScopeStatement",
    "StageRecord",
    "SubSupplier",
    "Supplier",
    "SupplierCondition",
    "SupplierEvidence",
    "SupplierNotice",
    "SupplierQuestionnaire",
    "SupplierSystem",
    "SystemComponent",
    "SystemEvidence",
    "TransparencyPage",
    "is_incomplete",
]
