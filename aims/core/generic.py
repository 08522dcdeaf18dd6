"""The few HTML base views every app inherits: page, list, register, CSV of a list, record, form, step, act.

Each names the verb of its permission table in `verb`; an architecture test fails on a view without one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from aims.core import as_of, permissions, step_up, transitions
from aims.core.actor import Actor
from aims.core.columns import PARAMETER as COLUMNS
from aims.core.columns import Choice, Column
from aims.core.days import local_today
from aims.core.documents import csv_text
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.filter_form import FilterForm
from aims.core.machines import Machine
from aims.core.models import SavedView
from aims.core.services import saved_views
from aims.core.sorting import in_order
from aims.core.tenancy.past import past_moment

PER_PAGE = 50


class Page(View):
    """A page inside an organization. Subclasses give `verb`, `template_name` and `context()`."""

    verb: ClassVar[str] = ""
    template_name: ClassVar[str] = ""
    #: Everything it shows has row history, so that ?as_of= can be answered.
    has_past: ClassVar[bool] = False
    #: The property that holds the record of a page of one record: its lines in the trail are linked to.
    record_name: ClassVar[str] = ""

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        return actor

    @property
    def slug(self) -> str:
        slug: str = self.kwargs["organization"]
        return slug

    @property
    def now(self) -> datetime.datetime:
        return past_moment() or timezone.now()

    @property
    def today(self) -> datetime.date:
        return local_today(past_moment())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        step_up.require(request, self.actor, self.verb)
        with as_of.asked_day(
            request, self.actor, has_past=self.has_past and permissions.only_reads(self.verb)
        ) as day:
            response: Any = super().dispatch(request, *args, **kwargs)
        return as_of.keep_day(response, day) if day else response

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, **extra: Any) -> HttpResponse:
        context = {"record_trail_url": self._record_trail_url(), **self.context(), **extra}
        return render(self.request, self.template_name, context, status=status)

    def _record_trail_url(self) -> str:
        if not self.record_name or not self.can("core.view_trail"):
            return ""
        record = getattr(self, self.record_name)
        query = urlencode({"object_type": record._meta.label_lower, "object_id": record.pk})
        return f"{reverse('trail', args=[self.slug])}?{query}"

    def context(self) -> Mapping[str, Any]:
        return {}

    def can(self, verb: str, obj: Any = None) -> bool:
        return permissions.can(self.actor, verb, obj)


class ListPage(Page):
    """A register: filters in the address, 50 rows a page, sorted by ?sort= (a leading - reverses)."""

    sorts: ClassVar[Mapping[str, str]] = {}
    default_sort: ClassVar[str] = "-id"
    per_page: ClassVar[int] = PER_PAGE

    def rows(self) -> Any:
        raise NotImplementedError

    def sorted_rows(self) -> Any:
        asked = self.request.GET.get("sort", "")
        return in_order(self.rows(), asked, sorts=self.sorts, default=self.default_sort)

    def known_count(self) -> int | None:
        """How many rows there are, where it has been counted already."""
        return None

    def context(self) -> Mapping[str, Any]:
        paginator, known = Paginator(self.sorted_rows(), self.per_page), self.known_count()
        if known is not None:
            paginator.count = known
        page = paginator.get_page(self.request.GET.get("page"))
        return {"page": page, "rows": page.object_list, "sort": self.request.GET.get("sort", "")}


class RegisterPage(ListPage):
    """A register with a form of filters, and saved views as tabs with their counts."""

    url_name: ClassVar[str] = ""
    filter_form_class: ClassVar[type[FilterForm]]
    #: key -> label, in the order of the tabs; the first, "", is everything
    views: ClassVar[Mapping[str, str]] = {}

    def filter_kwargs(self) -> dict[str, Any]:
        return {}

    @cached_property
    def filters(self) -> FilterForm:
        return self.filter_form_class(self.request.GET or None, **self.filter_kwargs())

    @cached_property
    def asked(self) -> dict[str, Any]:
        """What the filters say; nothing where none were given."""
        return self.filters.understood() if self.request.GET else {}

    def view_counts(self) -> Mapping[str, int]:
        """Rows by saved view."""
        raise NotImplementedError

    @cached_property
    def counts(self) -> Mapping[str, int]:
        return self.view_counts()

    def known_count(self) -> int | None:
        """The tab says it, unless a filter narrows the view."""
        view = self.asked.get("view", "")
        narrowing = [key for key, value in self.asked.items() if value and key != "view"]
        return None if narrowing else self.counts.get(view)

    def address(self, **asked: str) -> str:
        """Of the register; what asks for nothing is left out."""
        query = urlencode({key: value for key, value in asked.items() if value}, safe=",")
        url = reverse(self.url_name, args=[self.slug])
        return f"{url}?{query}" if query else url

    def context(self) -> Mapping[str, Any]:
        counts, url = self.counts, reverse(self.url_name, args=[self.slug])
        return {
            **super().context(),
            "filter_form": self.filters,
            "views": [
                {
                    "label": label,
                    "url": self.address(view=view),
                    "count": counts[view],
                    "current": view == self.asked.get("view", ""),
                }
                for view, label in self.views.items()
            ],
            "total": counts[""],
            "own_views": self._own_views(url),
        }

    def _own_views(self, url: str) -> Mapping[str, Any]:
        """What this person saved of the register and what others share; nothing for whoever is no member."""
        if self.actor.member_id is None or not self.can(saved_views.KEEP):
            return {}
        asked = saved_views.plain(self.request.GET.urlencode())
        found = SavedView.objects.seen_by(self.actor.member_id).filter(register=self.url_name)
        tabs = [
            {"label": view.name, "url": f"{url}?{view.query}", "current": view.query == asked, "view": view}
            for view in found
        ]
        current = next((tab["view"] for tab in tabs if tab["current"]), None)
        return {"tabs": tabs, "current": current, "register": self.url_name, "query": asked}


class CsvPage(ListPage):
    """What a register shows, all pages of it, safe to open in a spreadsheet program."""

    columns: ClassVar[tuple[str, ...]] = ()
    file_name: ClassVar[str] = ""

    def exported_rows(self) -> Iterable[Any]:
        return self.sorted_rows()  # type: ignore[no-any-return]  # a queryset or a list

    def cells(self, row: Any) -> Sequence[object]:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        text = csv_text([self.columns, *(self.cells(row) for row in self.exported_rows())])
        # Spreadsheet programs take a CSV for UTF-8 only when it starts with the byte order mark.
        response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{self.file_name}"'
        return response


class ColumnRegister(RegisterPage):
    """A register whose columns are chosen in the address: the page and its CSV show the same."""

    #: The verb that opens a record: without it, only columns that say no more than the list are offered.
    record_verb: ClassVar[str] = ""

    def columns_offered(self) -> Sequence[Column]:
        raise NotImplementedError

    @cached_property
    def choice(self) -> Choice:
        may_open = not self.record_verb or self.can(self.record_verb)
        offered = [
            column.for_reader(self.can)
            for column in self.columns_offered()
            if may_open or not column.of_record
        ]
        return Choice(offered, self.request.GET.getlist(COLUMNS))

    def address(self, **asked: str) -> str:
        words = "" if self.choice.is_usual else self.choice.words
        return super().address(**asked, **{COLUMNS: words})

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if len(request.GET.getlist(COLUMNS)) > 1:
            return HttpResponseRedirect(self._in_one_word())
        return super().get(request, *args, **kwargs)

    def _in_one_word(self) -> str:
        """A form names each ticked column; an address that is kept and passed on says them once."""
        asked = self.request.GET.copy()
        asked[COLUMNS] = self.choice.words
        if self.choice.is_as_usual:
            del asked[COLUMNS]
        return f"{self.request.path}?{asked.urlencode(safe=',')}"

    def context(self) -> Mapping[str, Any]:
        kept = [
            (key, value)
            for key, values in self.request.GET.lists()
            for value in values
            if value and key not in {COLUMNS, "page"}
        ]
        return {**super().context(), "choice": self.choice, "kept": kept, "plain_url": self.address()}


class ColumnCsv(CsvPage):
    """The CSV of a register with columns to choose: those that are shown, in their order."""

    choice: Choice

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]  # chosen in the address
        return tuple(column.label for column in self.choice.written)

    def cells(self, row: Any) -> Sequence[object]:
        return [column.value(row) for column in self.choice.written]


class RecordPage(Page):
    """A page of one record. A verb that writes is asked for about this record. Subclasses give `record`."""

    #: The name, among the addresses, of the record's own page.
    route: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        if not permissions.only_reads(self.verb):
            permissions.require(self.actor, self.verb, self.asked_about)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def record(self) -> Any:
        raise NotImplementedError

    @property
    def asked_about(self) -> Any:
        """What a verb that writes is asked for, where it is not the record itself."""
        return self.record

    @property
    def url(self) -> str:
        return reverse(self.route, args=[self.slug, self.kwargs["pk"]])

    def cancel_url(self) -> str:
        return self.url


class FormPage(Page):
    """A form that ends in one verb. The verb's refusal is shown on the form, with what was typed kept."""

    form_class: ClassVar[type[forms.Form]]
    page_title: ClassVar[str] = ""
    submit_label: ClassVar[str] = "Save"
    template_name = "core/generic_form.html"
    done_message: ClassVar[str] = ""

    def form_kwargs(self) -> dict[str, Any]:
        return {}

    def initial(self) -> dict[str, Any]:
        return {}

    def form(self, data: Any = None, files: Any = None) -> forms.Form:
        return self.form_class(data, files, initial=self.initial(), **self.form_kwargs())

    def perform(self, cleaned: dict[str, Any]) -> str:
        """Call one verb; the answer is the address to go to."""
        raise NotImplementedError

    def context(self) -> Mapping[str, Any]:
        return {
            "page_title": self.page_title,
            "submit_label": self.submit_label,
            "cancel_url": self.cancel_url(),
        }

    def cancel_url(self) -> str:
        return ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = step_up.take_typed(request)
        if typed is not None:
            messages.info(request, "Confirmed. Look over what you typed and send it now.")
        return self.show(form=self.form(typed))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(status=422, form=form)
        try:
            url = self.perform(form.cleaned_data)
        except (RuleBroken, StaleState) as refused:
            add_refusal(form, refused)
            status = 409 if isinstance(refused, StaleState) else 422
            return self.show(status=status, form=form, refused=refused)
        if self.done_message:
            messages.success(request, self.done_message)
        return HttpResponseRedirect(url)


class StepPage(FormPage):
    """One step of a state machine: the address names the action, the button says it."""

    #: The life cycle; an address that names a step without a label is not there.
    machine: ClassVar[Machine]
    state_field: ClassVar[str] = "state"
    #: The verb of each action: whoever may not take a step is told before they fill in its form.
    step_verbs: ClassVar[Mapping[str, str]]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whom or when the step is refused, nobody fills in its form."""
        permissions.require(self.actor, self.step_verbs[self.action], self.asked_about)
        transitions.require_possible(
            self.machine, self.asked_about, self.action, state_field=self.state_field
        )
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions.require(self.actor, self.step_verbs[self.action], self.asked_about)
        return super().post(request, *args, **kwargs)

    @property
    def asked_about(self) -> Any:
        """The record that the step is taken with; a page of a record says it already."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """What the step is taken with, in the title of the page."""
        raise NotImplementedError

    @property
    def action(self) -> str:
        action: str = self.kwargs["action"]
        if action not in self.machine.labels:
            raise Http404
        return action

    def form_kwargs(self) -> dict[str, Any]:
        return {"action": self.action}

    def context(self) -> Mapping[str, Any]:
        label = self.machine.label(self.action)
        return {**super().context(), "page_title": f"{label}: {self.subject}", "submit_label": label}


class EditPage(RecordPage, FormPage):
    """The form of a record that two people may have open: it carries the version it was read in."""

    editable: ClassVar[Sequence[str]] = ()
    done_message = "Saved."

    def initial(self) -> dict[str, Any]:
        return {key: getattr(self.record, key) for key in (*self.editable, "row_version")}

    def named(self) -> str:
        """What the record is called in the heading; those without a reference say their name."""
        return str(self.record.reference)

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Edit {self.named()}"}

    def edit(self, **said: Any) -> None:
        """Call the verb with what the form says: `row_version` and `changes`."""
        raise NotImplementedError

    def perform(self, cleaned: dict[str, Any]) -> str:
        self.edit(row_version=cleaned.pop("row_version"), changes=cleaned)
        return self.url


class ActPage(Page):
    """A single act behind a button (POST only). A refusal is shown as a message where the person was."""

    def perform(self) -> str:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(self.perform())


def add_refusal(form: forms.Form, refused: RuleBroken | StaleState) -> None:
    """Put a verb's sentence (and its list of problems) where the person can act on it."""
    field = getattr(refused, "field", None)
    form.add_error(field if field in form.fields else None, str(refused))
    for problem in getattr(refused, "problems", ()):
        place = problem.field if problem.field in form.fields else None
        if problem.sentence != str(refused):
            form.add_error(place, f"{problem.ref}: {problem.sentence}" if problem.ref else problem.sentence)
