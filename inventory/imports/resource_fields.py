"""The columns of the registers of AI models, data sets and prompts in a workbook that comes back."""

from __future__ import annotations

from inventory.imports.field import Choice, Field, Kind

MODEL_KINDS = (
    Choice("language", ("language model", "llm")),
    Choice("vision", ("image or video model",)),
    Choice("speech", ("speech or audio model",)),
    Choice("tabular", ("prediction from tables",)),
    Choice("recommender", ("ranking or recommendation",)),
    Choice("embedding"),
    Choice("rules", ("rules or knowledge base",)),
    Choice("other"),
)
PROMPT_KINDS = (Choice("prompt"), Choice("template", ("template of prompts",)), Choice("agent"))


def _name(example: str) -> Field:
    return Field("name", "Name", Kind.LINE, "Needed in every row.", example, max_length=200)


VERSION = Field("version", "Version", Kind.LINE, "Each version is a row.", "2.1", max_length=100)
SUPPLIER = Field(
    "supplier",
    "Supplier",
    Kind.LINE,
    "By the name it has in the register of suppliers.",
    "Example Software Ltd",
    max_length=200,
)
OWNER = Field(
    "owner_email",
    "Owner e-mail",
    Kind.EMAIL,
    "E-mail address of the person who answers for it.",
    "owner@example.org",
    max_length=254,
)
LICENCE = Field(
    "licence", "Licence", Kind.LINE, "By its name, or as SPDX joins names.", "Apache-2.0", max_length=200
)
HASHES = Field("hashes", "Hashes", Kind.HASHES, "One a line in the cell.", f"sha256: {'ab' * 32}")
PROVENANCE = Field(
    "provenance", "Provenance", Kind.TEXT, "Where it comes from, and through whose hands.", "Model hub"
)
MEASURES = Field(
    "measures",
    "Measures",
    Kind.MEASURES,
    "One a line in the cell: metric | slice | number.",
    "recall | women over 60 | 0.91",
)
LIMITATIONS = Field("limitations", "Limitations", Kind.TEXT, "What it is not good for.", "Short texts only")

MODEL_FIELDS: tuple[Field, ...] = (
    _name("doc-classify-base"),
    VERSION,
    Field("kind", "Kind of model", Kind.CHOICE, "What kind it is.", "language", choices=MODEL_KINDS),
    SUPPLIER,
    OWNER,
    LICENCE,
    Field("intended_use", "Intended use", Kind.TEXT, "What it is made for.", "Classifying documents"),
    PROVENANCE,
    Field(
        "training_data",
        "Training data in summary",
        Kind.TEXT,
        "What it was trained with.",
        "Public documents until 2026",
    ),
    MEASURES,
    LIMITATIONS,
    HASHES,
)
DATA_SET_FIELDS: tuple[Field, ...] = (
    _name("Claims of 2026"),
    VERSION,
    Field("source", "Source", Kind.LINE, "Where it was taken from.", "Claims system", max_length=250),
    SUPPLIER,
    OWNER,
    LICENCE,
    PROVENANCE,
    Field(
        "categories",
        "Categories of data",
        Kind.LIST,
        "What is in it.",
        "contact data; invoices",
        max_length=60,
    ),
    Field(
        "special_categories",
        "Special categories of data",
        Kind.LIST,
        "For example health data; write none if there are none.",
        "none",
        max_length=60,
    ),
    Field("collected_from", "Collected from", Kind.DAY, "The first day.", "2026-01-01"),
    Field("collected_until", "Collected until", Kind.DAY, "The last day.", "2026-12-31"),
    Field("preparation", "Preparation", Kind.TEXT, "How it was prepared.", "Doubles removed"),
    MEASURES,
    Field("bias_checks", "Checks for bias", Kind.TEXT, "What was looked at.", "Shares by age group"),
    LIMITATIONS,
    Field("retention", "Retention", Kind.LINE, "How long it is kept.", "Five years", max_length=250),
    HASHES,
)
PROMPT_FIELDS: tuple[Field, ...] = (
    _name("Triage instructions"),
    VERSION,
    Field("kind", "Kind of prompt", Kind.CHOICE, "What kind it is.", "prompt", choices=PROMPT_KINDS),
    Field("ai_model", "AI model", Kind.LINE, "The reference of the model here.", "MOD-001", max_length=20),
    OWNER,
    Field("text", "Text", Kind.TEXT, "What the model is told.", "Sort the request.", max_length=100_000),
    Field(
        "text_sha256",
        "SHA-256 of the text",
        Kind.LINE,
        "Where the text stands here, it is worked out.",
        "ab" * 32,
        max_length=64,
    ),
    Field("tools", "Tools it may use", Kind.LIST, "What it may reach.", "search; calendar", max_length=60),
    Field("limits", "Limits", Kind.TEXT, "Where it stops, who is asked first.", "Never sends by itself"),
    SUPPLIER,
    LICENCE,
    PROVENANCE,
    MEASURES,
    LIMITATIONS,
    HASHES,
)
