"""What the pages of AI models, data sets and prompts have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.columns import Column
from aims.core.generic import ActPage, ColumnCsv, ColumnRegister, EditPage, FormPage, Page
from inventory.columns.resources import columns_of
from inventory.forms.resources import ResourceFilterForm, RoleForm, VersionForm
from inventory.queries import components
from inventory.queries import resources as queries
from inventory.queries.resource_exports import FORMATS
from inventory.services import resources as services
from inventory.views.offline import offline_menu
from inventory.views.tabs import OriginsPage, TabbedRecord, origins_url, tabs

VIEW, KEEP = "inventory.view_resources", "inventory.keep_resource"


class Noun(Page):
    """A page of one of the registers."""

    model: ClassVar[Any]
    title: ClassVar[str]
    lead: ClassVar[str]
    #: The heading of what a row says beside its name: its kind, or where it comes from.
    about: ClassVar[str]
    #: What the page of one record shows of its own fields.
    facts_template: ClassVar[str]

    def to(self, name: str = "", *args: int) -> str:
        return reverse(f"{self.model.route}{name}", args=[self.slug, *args])


class Register(Noun, ColumnRegister):
    """What a register and its CSV share: filters and order."""

    verb = VIEW
    has_past = True
    filter_form_class = ResourceFilterForm
    sorts = queries.SORTS
    default_sort = "id"

    def filter_kwargs(self) -> dict[str, Any]:
        return {"kinds": self.model.kinds}

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts(self.model)

    def columns_offered(self) -> Sequence[Column]:
        return columns_of(self.model, about=self.about)

    def found(self) -> Any:
        return queries.resources(self.model, queries.ResourceFilters(**self.asked))

    def rows(self) -> Any:
        return queries.rows(self.model, self.found(), self.choice.reads)


class ResourcesPage(Register):
    template_name = "inventory/resources.html"

    def context(self) -> Mapping[str, Any]:
        context, may_keep = super().context(), self.can(KEEP)
        return {
            **context,
            "lines": self.choice.lines(queries.resource_rows(self.model, context["rows"])),
            "register": self.title,
            "lead": self.lead,
            "noun": self.model.noun,
            "route": self.model.route,
            "csv_url": self.to("s_csv"),
            "new_url": self.to("_new"),
            "may_keep": may_keep,
            "offline": offline_menu(self, self.to("s_sheet")),
            "edit_many_url": self.to("s_edit_many") if may_keep else "",
            "waiting": components.waiting_count(self.model),
        }


class ResourcesCsv(ColumnCsv, Register):
    def exported_rows(self) -> Iterable[queries.ResourceRow]:
        return queries.resource_rows(self.model, self.sorted_rows())


class OfResource(Noun, TabbedRecord):
    """A page of one record of whichever noun."""

    shown_as = "resource"

    @property
    def url(self) -> str:
        return self.to("", self.kwargs["pk"])

    @cached_property
    def record(self) -> Any:
        found = self.model.objects.select_related(*self.model.joined)
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def head(self, current: str) -> dict[str, Any]:
        return {
            "resource": self.record,
            "register": self.title,
            "register_url": self.to("s"),
            "route": self.model.route,
            "facts_template": self.facts_template,
            "tabs": tabs(self, self.record, route=self.model.route, current=current),
        }


class ResourcePage(OfResource):
    verb = VIEW
    has_past = True
    record_name = "record"
    template_name = "inventory/resource.html"

    def context(self) -> Mapping[str, Any]:
        detail, number = queries.detail_of(self.record), self.record.pk
        may_keep = self.can(KEEP, self.record)
        return {
            **self.head("record"),
            "detail": detail,
            "origins_url": origins_url(self, self.record, route=self.model.route),
            "may_keep": may_keep,
            "export_url": self.to("_export", number) if self._may_export() else "",
            "may_write": may_keep and detail.successor is None,
            "edit_url": self.to("_edit", number),
            "version_url": self.to("_version", number),
            "link_url": self.to("_system", number),
            "named_by": components.components_of(self.record),
            "uses": [(link, self.to("_system_unlink", number, link.pk)) for link in detail.systems],
        }

    def _may_export(self) -> bool:
        return self.model in FORMATS and self.actor.may_download


class ResourceHistory(OfResource, OriginsPage):
    template_name = "inventory/resource_history.html"


class RegisterNew(Noun, FormPage):
    verb = KEEP
    template_name = "inventory/resource_form.html"
    submit_label = "Register"
    done_message = "The record is in the register."

    def cancel_url(self) -> str:
        return self.to("s")

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Register {self.model.noun}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        made = services.register_resource(actor=self.actor, model=self.model, now=self.now, **cleaned)
        return self.to("", made.pk)


class Edit(OfResource, EditPage):
    verb = KEEP
    template_name = "inventory/resource_form.html"

    @property
    def editable(self) -> tuple[str, ...]:  # type: ignore[override]  # each noun has its own
        return ("name", "version", *self.model.written)

    def edit(self, **said: Any) -> None:
        services.edit_resource(actor=self.actor, resource=self.record, now=self.now, **said)


class NewVersion(OfResource, FormPage):
    """A version as a record of its own; what was seen of this one is not taken over."""

    verb = KEEP
    form_class = VersionForm
    template_name = "inventory/resource_form.html"
    submit_label = "Register version"
    done_message = "The new version is a record of its own. Link it to the systems that use it."

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"New version of {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        made = services.supersede_resource(
            actor=self.actor, resource=self.record, now=self.now, version=cleaned["version"]
        )
        return self.to("", made.pk)


class LinkSystem(OfResource, FormPage):
    verb = KEEP
    form_class = RoleForm
    template_name = "inventory/resource_form.html"
    submit_label = "Link"

    def form_kwargs(self) -> dict[str, Any]:
        return {"roles": self.model.roles.choices}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Link an AI system: {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.link_resource(
            actor=self.actor,
            resource=self.record,
            system=cleaned["chosen"],
            role=cleaned["role"],
            now=self.now,
        )
        return self.url


class UnlinkSystem(OfResource, ActPage):
    verb = KEEP

    def perform(self) -> str:
        links = self.record.system_links.select_related("resource", "system")
        services.unlink_resource(
            actor=self.actor, link=get_object_or_404(links, pk=self.kwargs["link"]), now=self.now
        )
        return self.url
