"""The fields of an AI system that a file can fill."""

from __future__ import annotations

from inventory.imports.field import Choice, Field, Kind, folded

ORGANIZATION_ROLES = (
    Choice("provider", ("supplier of the system", "manufacturer")),
    Choice("developer", ("builder",)),
    Choice("deployer_user", ("deployer", "user", "operator", "deployer or user", "deployer / user")),
)
AI_TYPES = (
    Choice(
        "predictive_ml", ("ml", "machine learning", "predictive", "predictive machine learning", "tabular")
    ),
    Choice(
        "generative_llm", ("generative", "generative ai", "genai", "gen ai", "llm", "large language model")
    ),
    Choice("agentic", ("agent", "ai agent", "autonomous agent", "agentic ai")),
    Choice("computer_vision", ("vision", "cv", "image", "image recognition")),
    Choice("speech_audio", ("speech", "audio", "voice", "speech and audio", "speech recognition")),
    Choice("recommender", ("recommendation", "recommender system", "ranking")),
    Choice("nlp_classifier", ("nlp", "language classification", "text classification")),
    Choice("automated_decision", ("automated decision", "adm", "decision", "rules and model", "scoring")),
    Choice("biometric", ("biometrics", "face recognition", "facial recognition")),
    Choice("robotics_control", ("robotics", "robot", "robotics and control")),
)
SOURCINGS = (
    Choice("own", ("in-house", "internal", "built in-house", "self-developed", "own development")),
    Choice("vendor", ("bought", "bought from a vendor", "purchased", "third party", "external", "supplier")),
    Choice("embedded", ("embedded in another product", "embedded in a product", "included")),
)
AUTOMATION_DEGREES = (
    Choice("information", ("informs", "information only", "gives information only", "advisory")),
    Choice("recommendation", ("recommends", "decision support", "recommends, a person decides")),
    Choice("human_approves", ("human in the loop", "acts after a person approves")),
    Choice("human_can_override", ("human on the loop", "acts, a person can override")),
    Choice("full", ("fully automated", "full automation", "autonomous", "acts on its own")),
)
STAGES = (
    Choice("proposed", ("idea", "intake", "proposal")),
    Choice("inception", ("planning", "planned")),
    Choice("design_development", ("design", "development", "in development", "design and development")),
    Choice(
        "verification_validation",
        ("verification", "validation", "verification and validation", "testing", "test"),
    ),
    Choice("deployment", ("deploying", "roll-out", "rollout")),
    Choice(
        "operation_monitoring",
        (
            "operation",
            "operation and monitoring",
            "in operation",
            "production",
            "in production",
            "live",
            "in use",
        ),
    ),
    Choice("re_evaluation", ("re-evaluation", "reevaluation", "under review")),
    Choice("suspended", ("paused", "on hold")),
    Choice("retirement", ("retiring", "being retired")),
    Choice("retired", ("decommissioned", "out of use")),
    Choice("rejected", ("declined",)),
)

ALL_FIELDS: tuple[Field, ...] = (
    Field(
        "external_id",
        "External ID",
        Kind.LINE,
        "Your own identifier. A later import with the same identifier finds the same system.",
        "CMDB-1042",
        (
            "id",
            "system id",
            "ai system id",
            "asset id",
            "inventory id",
            "reference",
            "identifier elsewhere",
        ),
        max_length=200,
    ),
    Field(
        "name",
        "Name",
        Kind.LINE,
        "What people call the system. Needed in every row.",
        "Invoice sorter",
        ("system", "system name", "ai system", "ai system name", "title", "application", "tool"),
        max_length=200,
    ),
    Field(
        "version",
        "Version",
        Kind.LINE,
        "Version of the system in use.",
        "2.3",
        ("system version", "release"),
        max_length=60,
    ),
    Field(
        "purpose",
        "Purpose",
        Kind.TEXT,
        "What the system is for.",
        "Sorts incoming invoices by cost centre.",
        ("description", "objective", "what it does", "use"),
    ),
    Field(
        "intended_use",
        "Intended use",
        Kind.TEXT,
        "Who may use it, for what, under which conditions.",
        "Accounts staff, for supplier invoices in German and English.",
        ("intended uses", "use case", "use cases"),
    ),
    Field(
        "excluded_uses",
        "Excluded uses",
        Kind.TEXT,
        "What it must not be used for.",
        "Not for approving payments.",
        ("excluded use", "prohibited use", "prohibited uses", "out of scope use", "not to be used for"),
    ),
    Field(
        "business_process",
        "Business process",
        Kind.LINE,
        "The process the system serves.",
        "Accounts payable",
        ("process", "business unit", "department", "function"),
        max_length=200,
    ),
    Field(
        "owner_email",
        "Owner e-mail",
        Kind.EMAIL,
        "E-mail address of the person who answers for the system.",
        "owner@example.org",
        ("owner", "system owner", "responsible", "responsible person", "contact", "business owner"),
        max_length=254,
    ),
    Field(
        "risk_owner_email",
        "Risk owner e-mail",
        Kind.EMAIL,
        "E-mail address of the person who answers for its risks.",
        "risk.owner@example.org",
        ("risk owner", "owner of the risks"),
        max_length=254,
    ),
    Field(
        "oversight_emails",
        "Oversight e-mails",
        Kind.EMAILS,
        "E-mail addresses of the persons who watch over the system.",
        "first@example.org; second@example.org",
        ("oversight", "oversight persons", "persons who watch over it", "watched over by"),
        max_length=254,
    ),
    Field(
        "organization_roles",
        "Organization roles",
        Kind.CHOICES,
        "What your organization is with regard to this system.",
        "deployer_user",
        (
            "organisation roles",
            "role",
            "roles",
            "organization role",
            "organisation role",
            "our role",
            "role of the organization",
        ),
        ORGANIZATION_ROLES,
    ),
    Field(
        "ai_type",
        "AI type",
        Kind.CHOICE,
        "The kind of AI that shapes its risks most.",
        "nlp_classifier",
        ("type", "type of ai", "system type", "ai category", "technology"),
        AI_TYPES,
    ),
    Field(
        "sourcing",
        "Sourcing",
        Kind.CHOICE,
        "Developed by yourselves, bought, or a part of another product.",
        "vendor",
        ("source", "own or vendor", "make or buy", "origin"),
        SOURCINGS,
    ),
    Field(
        "supplier",
        "Supplier",
        Kind.LINE,
        "Who supplies the system, when it is not your own.",
        "Example Software Ltd",
        ("vendor", "supplier name", "vendor name", "provider name", "manufacturer"),
        max_length=200,
    ),
    Field(
        "model_name",
        "Model name",
        Kind.LINE,
        "The model inside, as its supplier calls it.",
        "doc-classify-base",
        ("model", "ai model", "base model", "foundation model"),
        max_length=200,
    ),
    Field(
        "model_version",
        "Model version",
        Kind.LINE,
        "Version or date of the model.",
        "2025-03",
        ("model release",),
        max_length=100,
    ),
    Field(
        "data_classes",
        "Data classes",
        Kind.LIST,
        "Classes of data the system uses.",
        "contact data; invoices",
        ("data", "classes of data", "data categories", "data types", "data used", "personal data"),
        max_length=60,
    ),
    Field(
        "special_categories",
        "Special categories of data",
        Kind.LIST,
        "For example health, biometric or trade-union data; write none if there are none.",
        "none",
        ("special categories", "sensitive data", "special category data"),
        max_length=60,
    ),
    Field(
        "affected_people",
        "People affected",
        Kind.TEXT,
        "Who is touched by its results.",
        "Contact persons of suppliers",
        ("affected people", "affected persons", "data subjects", "stakeholders", "affected groups"),
    ),
    Field(
        "affected_count",
        "Number of people affected",
        Kind.NUMBER,
        "About how many, as a whole number.",
        "1200",
        ("affected count", "number affected", "people count", "number of persons", "number of people"),
    ),
    Field(
        "automation_degree",
        "Degree of automation",
        Kind.CHOICE,
        "How far the system decides without a person.",
        "human_approves",
        ("automation degree", "automation", "automation level", "human oversight", "level of autonomy"),
        AUTOMATION_DEGREES,
    ),
    Field(
        "places",
        "Places of use",
        Kind.LIST,
        "Countries or sites where it is used.",
        "Germany; Austria",
        ("places", "countries", "country", "locations", "location", "regions", "jurisdictions"),
        max_length=60,
    ),
    Field(
        "languages",
        "Languages",
        Kind.LIST,
        "Languages it works in.",
        "German; English",
        ("language",),
        max_length=30,
    ),
    Field(
        "stage",
        "Life cycle stage",
        Kind.CHOICE,
        "Where the system stands in its life cycle.",
        "operation_monitoring",
        ("stage", "status", "lifecycle stage", "life cycle", "lifecycle", "phase"),
        STAGES,
    ),
    Field(
        "in_scope",
        "In AIMS scope",
        Kind.YES_NO,
        "Whether the AI management system covers it.",
        "yes",
        ("in scope", "scope", "aims scope"),
    ),
    Field(
        "scope_reason",
        "Reason for scope",
        Kind.TEXT,
        "Why it is in or out of scope.",
        "Processes data of our business partners.",
        ("scope reason", "reason", "reason for the scope decision", "scope justification", "justification"),
    ),
    Field(
        "next_review_date",
        "Next review",
        Kind.DAY,
        "The day of the next review.",
        "2027-01-31",
        ("review date", "next review date", "review due", "review on"),
    ),
)
#: Headings of the register as the pages show it that no file fills.
ONLY_SHOWN = ("In this stage since", "In use since", "Registered")
#: In a sheet of the register only, by which an upload finds the record and what it was then.
SHEET_FIELDS: tuple[Field, ...] = (
    Field("reference", "Portal reference", Kind.LINE, "The record here. Leave as it is.", "SYS-001"),
    Field("record_version", "Portal record version", Kind.NUMBER, "Leave as it is.", "3"),
)
#: What a cell of such a sheet says of a text that is longer than a cell can be.
LEFT_OUT = "(longer than a cell holds: it stays as it is)"
BY_KEY = {field.key: field for field in (*ALL_FIELDS, *SHEET_FIELDS)}
FIELDS = tuple(field.key for field in ALL_FIELDS)

#: Where the column of the record has another name.
COLUMNS = {"in_scope": "is_in_scope"}

# An identifier is given by the inventory when the source has none, and nobody supplies an own system.
NEVER_MISSING = {"external_id"}
ONLY_WHEN_SUPPLIED = {"supplier"}

FIELD_BY_HEADING = {
    folded(word): field for field in ALL_FIELDS for word in (field.key, field.label, *field.aliases)
} | {folded(field.label): field for field in SHEET_FIELDS}


def missing_from(fields: dict[str, object]) -> tuple[str, ...]:
    optional = NEVER_MISSING | (ONLY_WHEN_SUPPLIED if fields.get("sourcing") == "own" else set())
    return tuple(key for key in FIELDS if key not in fields and key not in optional)
