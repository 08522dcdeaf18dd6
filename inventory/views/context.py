"""Pages of the context of the AIMS: clause 4 at a glance, issues, the climate decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions
from aims.core.columns import Column
from aims.core.generic import ColumnCsv, ColumnRegister, EditPage, FormPage, Page
from inventory.columns.context import COLUMNS
from inventory.forms.context import ClimateForm, IssueEditForm, IssueFilterForm, IssueForm, ReviewForm
from inventory.models import ContextIssue
from inventory.queries import context as queries
from inventory.services import context as services
from inventory.views.tabs import HistoryPage, TabbedRecord

VIEW = "inventory.view_context"
TONES = {"open": "info", "watched": "neutral", "closed": "neutral"}
#: place of something that is missing -> the page where it is mended
PLACES = {
    "issues": ("context_issues", ""),
    "climate": ("context", "#climate"),
    "parties": ("parties", ""),
    "parties_without_needs": ("parties", "?view=no_needs"),
    "parties_overdue": ("parties", "?view=review_overdue"),
    "needs": ("obligations", "?view=open"),
    "bodies": ("bodies", ""),
    "decisions": ("decisions", "?view=overdue"),
    "roles": ("systems", "?role=none"),
    "scope": ("scope", ""),
    "systems": ("systems", "?view=undecided"),
}


class ContextPage(Page):
    """The context of the AIMS (clause 4): what is recorded, and what is missing."""

    verb = VIEW
    has_past = True
    template_name = "inventory/context.html"

    def context(self) -> Mapping[str, Any]:
        found = queries.context_of(on=self.today)
        return {
            "found": found,
            "party_count": found.parties[""] - found.parties["ended"],
            "missing": [
                {"clause": each.clause, "sentence": each.sentence, "url": self._url_of(each.place)}
                for each in found.missing
            ],
            "may_decide_climate": self.can("inventory.decide_climate"),
            "may_keep": self.can("inventory.keep_context"),
            "may_write_scope": self.can("inventory.write_scope"),
        }

    def _url_of(self, place: str) -> str:
        name, query = PLACES[place]
        return f"{reverse(name, args=[self.slug])}{query}"


class DecideClimate(FormPage):
    verb = "inventory.decide_climate"
    form_class = ClimateForm
    page_title = "Decide about climate change"
    submit_label = "Keep the decision"
    done_message = "The decision is on record."

    def cancel_url(self) -> str:
        return reverse("context", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.decide_climate(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()


class IssueRegister(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = VIEW
    has_past = True
    url_name = "context_issues"
    filter_form_class = IssueFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS
    default_sort = "id"

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        found = queries.issues(queries.IssueFilters(**self.asked), on=self.today)
        return queries.rows(found, self.choice.reads)


class IssuesPage(IssueRegister):
    template_name = "inventory/context_issues.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts(on=self.today)

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {
            **context,
            "lines": self.choice.lines(queries.issue_rows(context["rows"], on=self.today)),
            "may_keep": self.can("inventory.keep_context"),
        }


class IssuesCsv(ColumnCsv, IssueRegister):
    file_name = "context-issues.csv"

    def exported_rows(self) -> Iterable[queries.IssueRow]:
        return queries.issue_rows(self.sorted_rows(), on=self.today)


class OfPart(TabbedRecord):
    """A page of one record of the context."""

    model: ClassVar[type[Any]]
    joins: ClassVar[tuple[str, ...]] = ("owner", "author", "organization")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # Administrators read earlier states of the inventory, and not the context.
        permissions.require(self.actor, VIEW)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def record(self) -> Any:
        return get_object_or_404(self.model.objects.select_related(*self.joins), pk=self.kwargs["pk"])


class OfIssue(OfPart):
    model = ContextIssue
    route = "context_issue"

    def head(self, current: str) -> dict[str, Any]:
        return {**super().head(current), "tone": TONES[self.record.standing]}


class IssuePage(OfIssue):
    verb = VIEW
    has_past = True
    record_name = "record"
    template_name = "inventory/context_issue.html"

    def context(self) -> Mapping[str, Any]:
        matters = self.record.standing != "closed"
        return {
            **self.head("record"),
            "may_keep": self.can("inventory.keep_context", self.record),
            "may_review": matters and self.can("inventory.review_context", self.record),
        }


class IssueHistory(OfIssue, HistoryPage):
    template_name = "inventory/context_issue_history.html"


class RecordIssue(FormPage):
    verb = "inventory.keep_context"
    form_class = IssueForm
    page_title = "Record an issue"
    submit_label = "Record"
    done_message = "The issue is in the register."

    def cancel_url(self) -> str:
        return reverse("context_issues", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        issue = services.record_issue(actor=self.actor, now=self.now, **cleaned)
        return reverse("context_issue", args=[self.slug, issue.pk])


class EditIssue(OfIssue, EditPage):
    verb = "inventory.keep_context"
    form_class = IssueEditForm

    editable = services.EDITABLE

    def edit(self, **said: Any) -> None:
        services.edit_issue(actor=self.actor, issue=self.record, now=self.now, **said)


class ReviewIssue(OfIssue, FormPage):
    verb = "inventory.review_context"
    form_class = ReviewForm
    submit_label = "Note the review"
    done_message = "The review is on record."

    def initial(self) -> dict[str, Any]:
        return {"row_version": self.record.row_version}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Review {self.record}", "intro": self.record.effect}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.review_issue(actor=self.actor, issue=self.record, now=self.now, **cleaned)
        return self.url
