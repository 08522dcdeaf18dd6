"""The columns of the register of AI systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aims.core.columns import Column, Tag
from inventory.columns import NAME, NEXT_REVIEW, REFERENCE, also, day, in_words, owner
from inventory.enums import AutomationDegree, OrganizationRole
from inventory.imports.own_fields import PREFIX
from inventory.models import CustomField
from inventory.queries.custom_fields import of_register
from inventory.rules.custom_fields import headings
from inventory.rules.custom_fields import in_words as said


def _scope_tag(row: Any) -> Tag | None:
    return Tag(row.scope_label, "warn") if row.is_in_scope is None else None


USUAL = (
    REFERENCE,
    replace(NAME, beside="version"),
    owner("Owner"),
    Column("ai_type", "Type of AI", lambda row: row.ai_type, sort="type", is_shown=True),
    Column("sourcing", "Sourcing", lambda row: row.sourcing, is_shown=True, beside="supplier"),
    Column("stage", "Stage", lambda row: row.stage_label, sort="stage", is_shown=True),
    Column("is_in_scope", "Scope", lambda row: row.scope_label, is_shown=True, tag=_scope_tag),
    NEXT_REVIEW,
)
MORE = (
    Column("version", "Version", lambda row: row.version),
    Column("supplier", "Supplier", lambda row: row.supplier),
    Column("scope_reason", "Reason for the scope decision", lambda row: row.scope_reason, kind="text"),
    also("external_id", "Identifier elsewhere", of_record=True),
    also("risk_owner", "Risk owner", reads="risk_owner__name", of_record=True),
    in_words("organization_roles", "Role of the organization", OrganizationRole, kind="list", of_record=True),
    also("oversight", "Persons who watch over it", reads="watchers", of_record=True, kind="list"),
    also("purpose", "Purpose", of_record=True),
    also("intended_use", "Intended use", of_record=True),
    also("excluded_uses", "Excluded uses", of_record=True),
    also("business_process", "Business process", of_record=True),
    also("model_name", "Model", of_record=True),
    also("model_version", "Model version", of_record=True),
    also("data_classes", "Classes of data", of_record=True, kind="list"),
    also("special_categories", "Special categories of data", of_record=True, kind="list"),
    also("affected_people", "People affected", of_record=True),
    also("affected_count", "Number of people affected", of_record=True, kind="number"),
    in_words("automation_degree", "Degree of automation", AutomationDegree, of_record=True),
    also("places", "Places of use", of_record=True, kind="list"),
    also("languages", "Languages", of_record=True, kind="list"),
    day("stage_since", "In this stage since", of_record=True),
    day("live_since", "In use since", of_record=True),
    day("registered_at", "Registered", of_record=True),
    also("source", "Source", of_record=True),
)


def columns_of(own_fields: Sequence[CustomField]) -> list[Column]:
    """With the organization's own fields; a few of them are among the usual ones."""
    usual, named = of_register(own_fields), headings(own_fields)
    own = (_own(field, named[field.key], is_shown=field in usual) for field in own_fields)
    return [*USUAL, *own, *MORE]


def _own(field: CustomField, heading: str, *, is_shown: bool) -> Column:
    return Column(
        f"{PREFIX}{field.key}",
        heading,
        lambda row: said(row.custom.get(field.key)),
        kind="text",
        is_shown=is_shown,
    )
