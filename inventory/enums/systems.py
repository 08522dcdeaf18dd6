"""The words of AI systems."""

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


class FieldKind(TextChoices):
    """What a field of an organization's own holds."""

    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    YES_NO = "yes_no", "Yes or no"
    CHOICE = "choice", "One of some values"
    CHOICES = "choices", "Some of several values"
    LINK = "link", "Web address"


class ImportState(TextChoices):
    """The way of an uploaded inventory file, from upload to applied as a whole."""

    UPLOADED = "uploaded", "Being read"
    PREVIEWED = "previewed", "Ready to apply"
    REFUSED = "refused", "Refused"
    APPLIED = "applied", "Applied"
    DISCARDED = "discarded", "Discarded"
