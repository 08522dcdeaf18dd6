"""The columns of the register of suppliers in a workbook that is edited offline and comes back."""

from __future__ import annotations

from inventory.imports.field import Choice, Field, Kind

KINDS = (
    Choice("system", ("ai system or product", "ai system", "product")),
    Choice("model", ("ai model",)),
    Choice("data", ("data set",)),
    Choice("platform", ("platform or hosting", "hosting", "cloud")),
    Choice("service", ("service, such as integration or labelling", "integration", "labelling")),
)
TIERS = (Choice("low"), Choice("medium"), Choice("high"))

SUPPLIER_FIELDS: tuple[Field, ...] = (
    Field("name", "Name", Kind.LINE, "Needed in every row.", "Example Software Ltd", max_length=200),
    Field("kind", "Delivers", Kind.CHOICE, "What the supplier delivers.", "model", choices=KINDS),
    Field("tier", "Tier", Kind.CHOICE, "How much hangs on it.", "high", choices=TIERS),
    Field("tier_reason", "Reason for the tier", Kind.TEXT, "Why this tier.", "Serves triage."),
    Field(
        "owner_email",
        "Owner e-mail",
        Kind.EMAIL,
        "E-mail address of the person who answers for the supplier.",
        "owner@example.org",
        max_length=254,
    ),
    Field("contact", "Contact", Kind.LINE, "Whom one speaks with there.", "Account desk", max_length=200),
    Field(
        "contact_email",
        "Contact e-mail",
        Kind.EMAIL,
        "E-mail address of the contact.",
        "desk@example.com",
        max_length=254,
    ),
    Field("services", "Services", Kind.TEXT, "What is delivered, in words.", "Hosting of the model"),
    Field("terms", "Terms", Kind.TEXT, "What was agreed.", "Framework contract of May"),
    Field("duties", "Duties", Kind.TEXT, "Who does what.", "They patch, we monitor."),
    Field("exit_plan", "Exit plan", Kind.TEXT, "How one gets away.", "Export, then the other vendor"),
    Field("exit_done_on", "Exit done on", Kind.DAY, "The day the exit was done.", "2027-05-31"),
    Field("next_review_date", "Next review", Kind.DAY, "The day of the next review.", "2027-01-31"),
)
