"""The words of discovery and intake."""

from django.db.models import TextChoices


class DiscoveryState(TextChoices):
    """Where something that may be AI stands on its way into the inventory (SM-02)."""

    DISCOVERED = "discovered", "Discovered"
    TRIAGED = "triaged", "Triaged"
    REGISTERED = "registered", "Registered"
    NOT_AI = "not_ai", "Not AI"
    DUPLICATE = "duplicate", "Duplicate"
    BANNED = "banned", "Banned"


class ProvisionalClass(TextChoices):
    """What an intake suspects by the EU AI Act, from the mildest to the gravest."""

    MINIMAL = "minimal", "Minimal risk"
    TRANSPARENCY = "transparency", "Transparency duties"
    UNCLEAR = "unclear", "Unclear"
    HIGH = "high", "High risk likely"
    PROHIBITED = "prohibited", "Prohibited practice suspected"


class ScreeningHint(TextChoices):
    """Where the screening of the impact would lead, as far as an intake can say."""

    SCREENED_OUT = "screened_out", "Perhaps no assessment"
    LIGHT = "light", "Light assessment or more"
    FULL = "full", "Full assessment"
    STOP = "stop_and_escalate", "Stop and ask for a legal review"


class DiscoverySource(TextChoices):
    """Where something was seen."""

    STAFF = "staff", "Report by a person"
    INTEGRATION = "integration", "Integration"
    SSO = "sso", "Single sign-on list"
    EXPENSES = "expenses", "Expense lines"
