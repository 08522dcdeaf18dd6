from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from aims.core import transitions
from aims.core.copies import copy_line
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.generic import ActPage, FormPage, Page
from aims.core.models import Member
from aims.core.numbers import whole_number
from aims.core.pdf import PdfUnavailable
from controls import exports, forms, grid, queries, soa, statement
from controls.enums import SoAState
from controls.models import SoAEntry, StatementOfApplicability
from controls.queries import StatementRow
from controls.rules import SOA
from controls.views.library import TONES

STATE_TONES = {"draft": "info", "in_review": "warn", "approved": "ok", "superseded": "neutral"}


class Applicability(Page):
    """The door in the navigation: the open version, else the approved one, else how to begin."""

    verb = "controls.view_soa"
    has_past = True
    template_name = "controls/soa_start.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        approved = queries.approved_statement()
        version = (None if self.actor.is_auditor else queries.open_statement()) or approved
        if version is None:
            return self.show()
        return HttpResponseRedirect(reverse("soa", args=[self.slug, version.pk]))

    def context(self) -> Mapping[str, Any]:
        return {"may_draft": self.can("controls.draft_soa")}


class Versions(Page):
    verb = "controls.view_soa"
    has_past = True
    template_name = "controls/soa_versions.html"

    def context(self) -> Mapping[str, Any]:
        versions = StatementOfApplicability.objects.select_related("author", "approved_by", "snapshot")
        return {
            "versions": versions.order_by("-version"),
            "tones": STATE_TONES,
            "may_draft": self.can("controls.draft_soa") and queries.open_statement() is None,
        }


class DraftStatement(ActPage):
    verb = "controls.draft_soa"

    def perform(self) -> str:
        version = soa.draft_soa(actor=self.actor, now=self.now)
        return reverse("soa", args=[self.slug, version.pk])


class OneVersion(Page):
    """Base of the pages about one version. Auditors get the approved one only, by row security."""

    @cached_property
    def version(self) -> StatementOfApplicability:
        related = ("author", "submitted_by", "approved_by", "snapshot", "based_on__snapshot", "organization")
        found: StatementOfApplicability = get_object_or_404(
            StatementOfApplicability.objects.select_related(*related), pk=self.kwargs["pk"]
        )
        return found

    @property
    def url(self) -> str:
        return reverse("soa", args=[self.slug, self.version.pk])

    def current(self) -> statement.Content:
        """What the version says: the frozen copy, or what stands in it while it is open."""
        frozen = statement.frozen(self.version)
        if frozen is not None:
            return frozen
        if self.version.approved_at is not None:
            raise Http404  # approved, and its frozen copy is not open to this reader
        rows = queries.statement_rows(self.version, today=self.today)
        return statement.content(self.version, rows)


class StatementPage(OneVersion):
    """A draft is the grid; anything later is read only, and frozen once approved."""

    verb = "controls.view_soa"
    record_name = "version"
    has_past = True

    @property
    def template_name(self) -> str:  # type: ignore[override]
        return "controls/soa_grid.html" if self._is_grid() else "controls/soa.html"

    def _is_grid(self) -> bool:
        return self.version.state == SoAState.DRAFT and self.can("controls.decide_soa")

    def context(self) -> Mapping[str, Any]:
        return self._grid() if self._is_grid() else self._reading()

    def _grid(self) -> dict[str, Any]:
        return {
            **grid_context(self),
            "earlier": self.version.based_on,
            "may_submit": self.can("controls.submit_soa"),
        }

    def _reading(self) -> dict[str, Any]:
        version = self.version
        possible = transitions.actions_for(SOA, version, self.actor)
        is_visible = version.approved_at is None or statement.frozen(version) is not None
        return {
            "version": version,
            "current": read_rows(self.current()) if is_visible else None,
            "tone": STATE_TONES[version.state],
            "earlier": queries.statement_before(version),
            "may_approve": "approve" in possible,
            "may_return": "return" in possible,
            "return_form": forms.ReturnForm(),
            "may_download": self.actor.may_download,
            "may_draft": version.state == SoAState.APPROVED
            and self.can("controls.draft_soa")
            and queries.open_statement() is None,
        }


def read_rows(current: statement.Content) -> dict[str, Any]:
    """A version with words for its values, for the page that only reads."""
    rows = [
        {
            **row,
            "word": statement.included_word(row),
            "why": statement.reason_words(row),
            "status": statement.status_word(row),
            "tone": TONES.get(row["implementation_state"], "neutral"),
            "proof": statement.evidence_words(row),
            "target": statement.open_target(row),
        }
        for row in current["rows"]
    ]
    included = sum(1 for row in rows if row["included"])
    left_out = sum(1 for row in rows if row["included"] is False)
    return {**current, "rows": rows, "included": included, "left_out": left_out}


def grid_context(page: Page, **extra: Any) -> dict[str, Any]:
    version: StatementOfApplicability = page.version  # type: ignore[attr-defined]
    view = page.request.GET.get("view", "all")
    shown = grid.read(version, view=view, today=page.today)
    return {
        "version": version,
        "grid": shown,
        "tabs": [_tab(each) for each in shown.views],
        "view": view,
        "statuses": forms.STATUSES,
        "yes_no": forms.YES_NO,
        "reasons": forms.SHORT_REASONS,
        "link_labels": forms.LINK_LABELS.items(),
        "members": Member.objects.active(),
        **extra,
    }


def _tab(view: grid.View) -> dict[str, Any]:
    return {
        "label": view.label,
        "url": f"?view={view.key}",
        "count": view.count,
        "current": view.is_current,
    }


class DecideRow(OneVersion):
    """Saves one row: by itself with script (always answers 200), or with its button and a new page."""

    verb = "controls.decide_soa"
    template_name = "controls/soa_grid.html"

    @cached_property
    def entry(self) -> SoAEntry:
        found: SoAEntry = get_object_or_404(
            SoAEntry.objects.select_related("soa", "control"), pk=self.kwargs["entry"], soa=self.version
        )
        return found

    @property
    def is_fragment(self) -> bool:
        return self.request.headers.get("HX-Request") == "true"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("keep") == "theirs":
            return HttpResponseRedirect(self._row_url())
        form = forms.RowForm(request.POST, entry_id=self.entry.pk)
        if not form.is_valid():
            name, errors = next(iter(form.errors.items()))
            return self._refused(f"{name.replace('_', ' ').capitalize()}: {errors[0]}", form)
        try:
            row = soa.decide(
                actor=self.actor,
                entry=self.entry,
                decision=form.decision(),
                row_version=self._row_version(form),
                now=self.now,
            )
        except StaleState as stale:
            return self._conflict(stale, form)
        except (RuleBroken, NotAllowed) as refused:
            return self._refused(str(refused), form)
        return self._saved(row, form) if self.is_fragment else HttpResponseRedirect(self._row_url())

    def _row_version(self, form: forms.RowForm) -> int:
        """“Keep mine” of a conflict names the version it was shown."""
        keep, _, shown = self.request.POST.get("keep", "").partition("-")
        kept = (shown or self.request.POST.get("version", "")) if keep == "yours" else ""
        shown_version = whole_number(kept)
        version: int = form.cleaned_data["version"] if shown_version is None else shown_version
        return version

    def _row_url(self) -> str:
        reference = self.entry.control.reference.replace(".", "-")
        return f"{self.url}#row-{reference}"

    def _saved(self, row: StatementRow, form: forms.RowForm) -> HttpResponse:
        shown = grid.GridRow(row, has_changed=False)
        wanted = wanted_links(shown)
        return self._fragment(
            row=shown,
            text=f"Saved {timezone.localtime(self.now):%H:%M}",
            missing=grid.missing(row),
            # Fields are put in or taken out only when they differ: nobody's typing is disturbed.
            fields_changed=form.shown_links() != wanted,
            progress=grid.progress(self.version),
        )

    def _refused(self, sentence: str, form: forms.RowForm) -> HttpResponse:
        if self.is_fragment:
            return self._fragment(error=sentence)
        return self._page(422, refused=sentence, refused_reference=self.entry.control.reference)

    def _conflict(self, stale: StaleState, form: forms.RowForm) -> HttpResponse:
        conflict = {
            "sentence": str(stale),
            "who": stale.theirs["who"],  # type: ignore[index]
            "version": stale.theirs["row_version"],  # type: ignore[index]
            "fields": _conflict_fields(stale),
            "action": self.request.path,
            "hidden": [
                (name, value)
                for name in form.data
                if name.startswith(f"{form.prefix}-")
                for value in self.request.POST.getlist(name)
            ],
        }
        if self.is_fragment:
            return self._fragment(conflict=conflict)
        return self._page(409, conflict=conflict)

    def _fragment(self, **context: Any) -> HttpResponse:
        given = {"entry": self.entry, "version": self.version, "link_labels": forms.LINK_LABELS.items()}
        return render(self.request, "controls/_row_saved.html", {**given, **context})

    def _page(self, status: int, **extra: Any) -> HttpResponse:
        del self.version  # read again: the refusal undid what was tried
        return render(self.request, self.template_name, grid_context(self, **extra), status=status)


def _conflict_fields(stale: StaleState) -> list[dict[str, str]]:
    labels = (("included", "Applies"), ("reasons", "Why it applies"), ("justification", "Justification"))
    return [
        {"label": label, "yours": stale.yours[name], "theirs": stale.theirs[name]}  # type: ignore[index]
        for name, label in labels
    ]


def wanted_links(row: grid.GridRow) -> set[str]:
    """The link fields a row shows: one for each of its reasons, or the one of an exclusion."""
    if row.is_left_out:
        return {"exclusion_link"}
    return {f"link_{kind}" for kind in row.row.kinds if kind in forms.LINK_LABELS}


class DecideMany(OneVersion):
    verb = "controls.decide_soa"
    template_name = "controls/soa_grid.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ids = list(SoAEntry.objects.filter(soa=self.version).values_list("pk", flat=True))
        form = forms.BulkForm(request.POST, entry_ids=ids)
        if not form.is_valid():
            errors = [f"{name}: {text}" for name, texts in form.errors.items() for text in texts]
            return self._refused("Check what you chose for the selected controls.", errors)
        try:
            count = soa.decide_many(
                actor=self.actor,
                soa=self.version,
                entry_ids=form.cleaned_data["selected"],
                decision=form.decision(),
                now=self.now,
            )
        except (RuleBroken, NotAllowed, StaleState) as refused:
            found = [f"{p.ref}: {p.sentence}" for p in getattr(refused, "problems", ())]
            return self._refused(str(refused), found)
        noun = "control" if count == 1 else "controls"
        messages.success(request, f"{count} {noun} marked applicable.")
        return HttpResponseRedirect(self.url)

    def _refused(self, sentence: str, found: list[str]) -> HttpResponse:
        context = grid_context(self, refused=sentence, refused_list=found)
        return render(self.request, self.template_name, context, status=422)


class SubmitStatement(OneVersion):
    """Always pressable: what is missing is listed, each with a jump to its row."""

    verb = "controls.submit_soa"
    template_name = "controls/soa_grid.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            soa.submit_soa(actor=self.actor, soa=self.version, now=self.now)
        except RuleBroken as refused:
            if not refused.problems:
                raise
            missing = [
                {"anchor": f"#row-{p.ref.replace('.', '-')}", "sentence": p.sentence}
                for p in refused.problems
            ]
            context = grid_context(self, refused=str(refused), missing=missing)
            return render(request, self.template_name, context, status=422)
        messages.success(request, f"Version {self.version.version} waits for approval by top management.")
        return HttpResponseRedirect(self.url)


class ReturnStatement(OneVersion, FormPage):
    verb = "controls.return_soa"
    form_class = forms.ReturnForm
    submit_label = "Return"

    @property
    def page_title(self) -> str:  # type: ignore[override]  # of one record
        return f"Return version {self.version.version} to its author"

    def perform(self, cleaned: dict[str, Any]) -> str:
        soa.return_soa(actor=self.actor, soa=self.version, now=self.now, **cleaned)
        return self.url

    def cancel_url(self) -> str:
        return self.url


class ApproveStatement(OneVersion, ActPage):
    verb = "controls.approve_soa"

    def perform(self) -> str:
        soa.approve_soa(actor=self.actor, soa=self.version, now=self.now)
        messages.success(self.request, f"Version {self.version.version} is approved and frozen.")
        return self.url


class CompareStatement(OneVersion):
    """What differs from the version before, in four groups."""

    verb = "controls.view_soa"
    has_past = True
    template_name = "controls/soa_compare.html"

    def context(self) -> Mapping[str, Any]:
        earlier = queries.statement_before(self.version)
        old = statement.frozen(earlier) if earlier else None
        found = statement.changes(old, self.current()) if old else None
        return {
            "version": self.version,
            "earlier": earlier,
            "groups": compare_groups(found) if found else [],
            "is_empty": found is None or found.is_empty,
        }


def compare_groups(found: Any) -> list[dict[str, Any]]:
    named = (
        ("Added", found.added),
        ("Left out", found.left_out),
        ("Status changed", found.status_changed),
        ("Wording changed", found.wording_changed),
    )
    return [
        {"title": title, "rows": [_compared(change, title) for change in changes]}
        for title, changes in named
        if changes
    ]


def _compared(change: Any, group: str) -> dict[str, str]:
    say = exports.status_of if group == "Status changed" else exports.decision_of
    return {"label": change.ref, "old": say(change.before), "new": say(change.after)}


class ExportStatement(OneVersion):
    verb = "controls.export_soa"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        current = self.current()
        before = queries.statement_before(self.version)
        try:
            made = exports.export(
                self.kwargs["kind"],
                current,
                text=statement.json_text(self.version, current),
                earlier=statement.frozen(before) if before else None,
                copy_for=copy_line(self.actor, self.now),
            )
        except KeyError:
            raise Http404 from None
        except PdfUnavailable as missing:
            raise RuleBroken(str(missing)) from missing
        return HttpResponse(
            made.content,
            content_type=made.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{made.name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )
