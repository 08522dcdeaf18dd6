"""The words of the context of the AIMS."""

from django.db.models import TextChoices


class IssueKind(TextChoices):
    """Whether an issue of the context comes from inside the organization or from outside (4.1)."""

    INTERNAL = "internal", "Internal"
    EXTERNAL = "external", "External"


class IssueTheme(TextChoices):
    """What an issue of the context is about."""

    LAW = "law", "Law and regulation"
    MARKET = "market", "Market and competition"
    TECHNOLOGY = "technology", "Technology"
    SOCIETY = "society", "Society and ethics"
    ENVIRONMENT = "environment", "Environment and climate"
    SECURITY = "security", "Security and misuse"
    SUPPLY = "supply", "Suppliers and partners"
    STRATEGY = "strategy", "Strategy and governance"
    PEOPLE = "people", "People, skills and culture"
    DATA = "data", "Data and infrastructure"
    MONEY = "money", "Money and resources"
    OTHER = "other", "Other"


class IssueStanding(TextChoices):
    OPEN = "open", "Open"
    WATCHED = "watched", "Watched"
    CLOSED = "closed", "No longer matters"


class PartyKind(TextChoices):
    """Who an interested party is to the organization (4.2)."""

    AFFECTED = "affected", "People affected by AI"
    CUSTOMER = "customer", "Customers and users"
    REGULATOR = "regulator", "Regulators and authorities"
    WORKFORCE = "workforce", "Workforce and its representatives"
    SUPPLIER = "supplier", "Suppliers and partners"
    OWNER = "owner", "Owners, board and investors"
    PUBLIC = "public", "Public and civil society"
    OTHER = "other", "Others"


class NeedKind(TextChoices):
    """What a requirement of an interested party rests on."""

    LAW = "law", "Law or regulation"
    CONTRACT = "contract", "Contract"
    EXPECTATION = "expectation", "Expectation"


class BodyPart(TextChoices):
    """What somebody does in a governance body."""

    CHAIR = "chair", "Chair"
    MEMBER = "member", "Member"
    SECRETARY = "secretary", "Secretary"
