"""The words of the AI system inventory."""

from django.db.models import TextChoices


class SystemStage(TextChoices):
    """Where an AI system stands in its life cycle (SM-01)."""

    PROPOSED = "proposed", "Proposed"
    INCEPTION = "inception", "Inception"
    DESIGN_DEVELOPMENT = "design_development", "Design and development"
    VERIFICATION_VALIDATION = "verification_validation", "Verification and validation"
    DEPLOYMENT = "deployment", "Deployment"
    OPERATION_MONITORING = "operation_monitoring", "Operation and monitoring"
    RE_EVALUATION = "re_evaluation", "Re-evaluation"
    SUSPENDED = "suspended", "Suspended"
    RETIREMENT = "retirement", "Retirement"
    RETIRED = "retired", "Retired"
    REJECTED = "rejected", "Rejected"


class OrganizationRole(TextChoices):
    """What the organization is to a system."""

    PROVIDER = "provider", "Provider"
    DEVELOPER = "developer", "Developer"
    DEPLOYER_USER = "deployer_user", "Deployer or user"


class AIType(TextChoices):
    """The kinds of AI that the risk taxonomy knows."""

    PREDICTIVE_ML = "predictive_ml", "Predictive machine learning"
    GENERATIVE_LLM = "generative_llm", "Generative AI"
    AGENTIC = "agentic", "Agent"
    COMPUTER_VISION = "computer_vision", "Computer vision"
    SPEECH_AUDIO = "speech_audio", "Speech and audio"
    RECOMMENDER = "recommender", "Recommender"
    NLP_CLASSIFIER = "nlp_classifier", "Language classification"
    AUTOMATED_DECISION = "automated_decision", "Automated decision"
    BIOMETRIC = "biometric", "Biometrics"
    ROBOTICS_CONTROL = "robotics_control", "Robotics and control"


class Sourcing(TextChoices):
    OWN = "own", "Built in-house"
    VENDOR = "vendor", "Bought from a vendor"
    EMBEDDED = "embedded", "Embedded in another product"


class AutomationDegree(TextChoices):
    INFORMATION = "information", "Gives information only"
    RECOMMENDATION = "recommendation", "Recommends, a person decides"
    HUMAN_APPROVES = "human_approves", "Acts after a person approves"
    HUMAN_CAN_OVERRIDE = "human_can_override", "Acts, a person can override"
    FULL = "full", "Acts on its own"


class ImportState(TextChoices):
    """The way of an uploaded inventory file, from upload to applied as a whole."""

    UPLOADED = "uploaded", "Being read"
    PREVIEWED = "previewed", "Ready to apply"
    REFUSED = "refused", "Refused"
    APPLIED = "applied", "Applied"
    DISCARDED = "discarded", "Discarded"


class SupplierState(TextChoices):
    """Where a supplier stands in its life cycle (SM-16)."""

    PROPOSED = "proposed", "Proposed"
    DUE_DILIGENCE = "due_diligence", "Due diligence"
    APPROVED = "approved", "Approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions", "Approved with conditions"
    REJECTED = "rejected", "Rejected"
    ACTIVE = "active", "Active"
    UNDER_REVIEW = "under_review", "Under review"
    SUSPENDED = "suspended", "Suspended"
    EXITED = "exited", "Exited"


class SupplierKind(TextChoices):
    """What a supplier delivers."""

    SYSTEM = "system", "AI system or product"
    MODEL = "model", "AI model"
    DATA = "data", "Data"
    PLATFORM = "platform", "Platform or hosting"
    SERVICE = "service", "Service, such as integration or labelling"


class SupplierTier(TextChoices):
    """How much hangs on a supplier, by the impact of the systems it serves."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class ClauseAnswer(TextChoices):
    """Whether the contract covers a topic."""

    YES = "yes", "Yes"
    NO = "no", "No"


class SupplierEventKind(TextChoices):
    """What came from a supplier, or was asked of it."""

    VERSION_CHANGE = "version_change", "Change of a model or version"
    INCIDENT = "incident", "Incident"
    TERMS = "terms", "Change of terms or renewal"
    OTHER = "other", "Other notice"
    REVIEW_REQUEST = "review_request", "Request for a review"
    CORRECTIVE_REQUEST = "corrective_request", "Corrective request"


class ReviewTrigger(TextChoices):
    """Why a supplier is looked at again."""

    DATE = "date", "The review date is reached"
    MODEL_CHANGE = "model_change", "A model or version changed"
    INCIDENT = "incident", "An incident"
    RENEWAL = "renewal", "Renewal or new terms"
