"""The words of disclosures."""

from django.db.models import TextChoices


class DisclosureKind(TextChoices):
    """What people are told about an AI system."""

    INTERACTION = "interaction", "They deal with an AI system"
    GENERATED = "generated", "The content is made or changed by AI"
    DECISION = "decision", "AI takes part in a decision about them"
    BIOMETRIC = "biometric", "Emotions or biometric traits are recognized"
    WORKPLACE = "workplace", "AI is used at their workplace"
    INSTRUCTIONS = "instructions", "Instructions for use"
    LIMITS = "limits", "Limits and risks that remain"
    CHANGE = "change", "A change of the system"
    OTHER = "other", "Something else"


class DisclosureAudience(TextChoices):
    """Whom it is told."""

    USERS = "users", "People who use it"
    AFFECTED = "affected", "People it affects"
    WORKERS = "workers", "Own staff and their representatives"
    CUSTOMERS = "customers", "Customers and deployers"
    AUTHORITIES = "authorities", "Authorities"
    PUBLIC = "public", "Everybody"
