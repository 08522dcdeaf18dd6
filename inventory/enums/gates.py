"""The words of the life cycle and its gates."""

from django.db.models import TextChoices


class ReviewTrigger(TextChoices):
    """Why a supplier is looked at again."""

    DATE = "date", "The review date is reached"
    MODEL_CHANGE = "model_change", "A model or version changed"
    INCIDENT = "incident", "An incident"
    RENEWAL = "renewal", "Renewal or new terms"


class StageRecordKind(TextChoices):
    """What is written down at a stage of the life cycle, one of each for a system."""

    REQUIREMENTS = "requirements", "Requirements"
    DESIGN = "design", "Design"
    DATA = "data", "Data used to build and test"
    VALIDATION_PLAN = "validation_plan", "Plan of verification and validation"
    VALIDATION = "validation", "Results of verification and validation"
    DEPLOYMENT_PLAN = "deployment_plan", "Deployment plan"
    USER_INFORMATION = "user_information", "Information for users"
    ROLLBACK_TEST = "rollback_test", "Test of the way back"
    DISPOSAL = "disposal", "Data and weights disposed of, or kept by rule"
    USERS_INFORMED = "users_informed", "Users informed of the end"
    ACCESS_REMOVED = "access_removed", "Access removed"
    RECORDS_RETAINED = "records_retained", "Records retained"


class StageRecordState(TextChoices):
    DRAFT = "draft", "Draft"
    COMPLETE = "complete", "Complete"


class CriteriaMet(TextChoices):
    """Whether a validation met the criteria that were set before."""

    YES = "yes", "Yes, all"
    NO = "no", "No: there is a deviation"


class GoLiveState(TextChoices):
    OPEN = "open", "Waits for a decision"
    APPROVED = "approved", "Approved"
    RETURNED = "returned", "Sent back"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ReevaluationTrigger(TextChoices):
    """Why a system in operation is looked at again."""

    DATE = "date", "The planned date is reached"
    THRESHOLD = "threshold", "A limit was breached"
    INCIDENT = "incident", "An incident"
    PURPOSE = "purpose", "A change of purpose, users or place"
    MODEL = "model", "A change of the model or its version"
    DATA = "data", "A change of the data"
    LAW = "law", "A change of the law"
    SUPPLIER = "supplier", "A supplier event"
