from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from aims.core.tenancy.models import TenantModel


class Resource(TenantModel):
    """What AI models, data sets and prompts share. A row is one version; a newer one supersedes it."""

    reference = models.CharField(max_length=20, editable=False)
    name = models.CharField(max_length=200)
    version = models.CharField(max_length=100, blank=True)
    supplier = models.ForeignKey("inventory.Supplier", null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    licence = models.CharField(max_length=200, blank=True)
    hashes = models.JSONField(default=list, blank=True)
    provenance = models.TextField(blank=True)
    measures = models.JSONField(default=list, blank=True)
    limitations = models.TextField(blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)
    entry_sees: ClassVar[bool | None] = True

    prefix: ClassVar[str]
    noun: ClassVar[str]
    #: The name of its page.
    route: ClassVar[str]
    trail_name: ClassVar[str]
    #: What may be written beside the name and the version.
    written: ClassVar[tuple[str, ...]]
    #: What says what was seen of one version, and so is not taken over by the next.
    of_one_version: ClassVar[frozenset[str]] = frozenset({"hashes", "measures", "provenance"})
    #: What a complete record says.
    expects: ClassVar[tuple[str, ...]] = ("licence", "provenance")
    #: What its page reads along with it.
    joined: ClassVar[tuple[str, ...]] = ("owner", "supplier", "organization")
    #: What it is to a system.
    roles: ClassVar[Any]
    #: Its kinds, where it has some.
    kinds: ClassVar[Any] = None
    #: What a row of the register shows of its own.
    shown: ClassVar[tuple[str, ...]]
    #: What it is to a system in use that runs on it; and what kind of change another version is there.
    runs_as: ClassVar[tuple[str, ...]]
    change_kind: ClassVar[str]

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["reference"]

    def __str__(self) -> str:
        return f"{self.reference} {self.name} {self.version}".strip()


COMMON = ("supplier", "owner", "licence", "hashes", "provenance", "measures", "limitations")
