"""The base of every table that belongs to one organization."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models

from aims.core.tenancy.context import NotActing, current_organization, current_organization_id


class TenantQuerySet(models.QuerySet[Any]):
    """Base of the querysets whose filters speak the domain."""


class TenantManager(models.Manager[Any]):
    """Rows of the organization acted in; asking outside one raises NotActing."""

    def get_queryset(self) -> models.QuerySet[Any]:
        organization_id = current_organization_id()
        if organization_id is None:
            raise NotActing(f"{self.model._meta.label} was asked for outside acting_in(organization).")
        # The filter repeats what row security does: one more wall, and a constant for the planner.
        return super().get_queryset().filter(organization_id=organization_id)

    @classmethod
    def of(cls, queryset: type[models.QuerySet[Any]]) -> Self:
        """A manager that also carries the chainable filters of a queryset class."""
        # Through Any: the type checker's plugin fails on a queryset class it cannot name.
        untyped: Any = cls
        manager: Self = untyped.from_queryset(queryset)()
        return manager


class AuditorSees:
    """How much of a table the database shows to an external auditor (security.md 1.6).

    NOTHING: the role has no grant. ENGAGEMENT: all rows while the grant runs. GRANTED: rows named in
    GrantedObject, or rows that point at such an object (`auditor_via`). `auditor_rows` narrows further.
    """

    NOTHING = "nothing"
    ENGAGEMENT = "engagement"
    GRANTED = "granted"


class TenantModel(models.Model):
    """A row that belongs to one organization, behind the three walls of architecture.md section 4."""

    organization = models.ForeignKey(
        "core.Organization", on_delete=models.PROTECT, db_index=False, related_name="+", editable=False
    )

    # Declared per table; installed as policies after migrate (aims.core.tenancy.policies).
    auditor_sees: ClassVar[str] = AuditorSees.NOTHING
    auditor_via: ClassVar[str] = ""  # "column->app.Model": granted when that object is granted
    auditor_rows: ClassVar[str] = ""  # further SQL condition on the row
    auditor_private: ClassVar[str] = ""  # SQL condition on rows that a preview by the organization leaves out
    auditor_writes: ClassVar[bool] = False  # INSERT allowed (the list of SOD-07)
    auditor_may_add: ClassVar[str] = ""  # SQL condition on a row that is added
    auditor_changes: ClassVar[tuple[str, ...]] = ()  # columns that UPDATE may touch; none: no UPDATE
    auditor_may_change: ClassVar[str] = ""  # SQL condition on a row before it is changed
    auditor_may_leave: ClassVar[str] = ""  # SQL condition on a row after it was changed
    #: Whether an operator's entry reads it; None: as auditors do, but nothing that auditors write.
    entry_sees: ClassVar[bool | None] = None
    entry_rows: ClassVar[str] = ""  # further SQL condition on the row

    #: SQL condition that a row has to meet, beyond the wall, for anybody to read or write it.
    confidential: ClassVar[str] = ""

    #: Rows are written once; grants and triggers refuse the rest (the triggers come by migration).
    append_only: ClassVar[bool] = False

    objects = TenantManager()
    unfiltered: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.organization_id is None:
            organization_id = current_organization_id()
            if organization_id is None:
                raise NotActing(f"{self._meta.label} was saved outside acting_in(organization).")
            self.organization_id = organization_id
        super().save(*args, **kwargs)

    @property
    def organization_slug(self) -> str:
        """For addresses: of the organization acted in it is read once for all rows."""
        if self.organization_id == current_organization_id():
            return current_organization().slug
        return str(self.organization.slug)


def fill_organization(rows: list[Any]) -> list[Any]:
    """For bulk_create, which does not call save()."""
    organization_id = current_organization_id()
    for row in rows:
        row.organization_id = organization_id
    return rows
