"""Pages of the metric catalogue and of readings."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions
from aims.core.columns import Column
from aims.core.generic import ActPage, ColumnCsv, ColumnRegister, EditPage, FormPage
from inventory import metric_charts, metric_proposals, reading_file
from inventory.columns.metrics import COLUMNS
from inventory.enums import MetricSource
from inventory.forms import monitoring as forms
from inventory.models import AISystem, Metric, MetricReading
from inventory.queries import monitoring as queries
from inventory.queries.sectors import adopted_keys
from inventory.sectors import usual_metrics
from inventory.services import metrics as services
from inventory.services import readings
from inventory.services.readings import Sent
from inventory.views.tabs import HistoryPage, TabbedRecord

KEEP, RECORD, VIEW = "inventory.keep_metric", "inventory.record_readings", "inventory.view_metrics"
SEVERITY_TONES = {"": "ok", "warning": "warn", "critical": "bad"}


class Catalogue(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = VIEW
    has_past = True
    url_name = "metrics"
    filter_form_class = forms.MetricFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS
    default_sort = "id"

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def rows(self) -> Any:
        found = queries.metrics(queries.MetricFilters(**self.asked))
        return queries.rows(found, self.choice.reads, now=self.now)


class MetricsPage(Catalogue):
    template_name = "inventory/metrics.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts()

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        return {
            **context,
            "lines": self.choice.lines(queries.metric_rows(context["rows"])),
            "may_keep": self.can(KEEP),
        }


class MetricsCsv(ColumnCsv, Catalogue):
    file_name = "metrics.csv"

    def exported_rows(self) -> Iterable[queries.MetricRow]:
        return queries.metric_rows(self.sorted_rows())


class OfMetric(TabbedRecord):
    route = "metric"
    shown_as = "metric"

    @cached_property
    def record(self) -> Metric:
        found = Metric.objects.select_related("system__owner", "owner", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])


class MetricPage(OfMetric):
    verb = VIEW
    has_past = True
    record_name = "record"
    template_name = "inventory/metric.html"

    def context(self) -> Mapping[str, Any]:
        metric = self.record
        detail = queries.detail_of(metric, now=self.now)
        groups = [stream.group for stream in detail.streams]
        # The first group that has readings, else the first.
        begun = next((each.group for each in detail.streams if each.last), groups[0])
        form = forms.ChartForm({"group": begun, "days": "365", **self.request.GET.dict()}, groups=groups)
        asked = form.understood()
        group = asked.get("group") or (begun if "" not in groups else "")
        days = int(asked.get("days") or 0)
        since = self.now - datetime.timedelta(days=days) if days else None
        series = queries.series_of(metric, group, since=since, until=self.now)
        return {
            **self.head("record"),
            "detail": detail,
            "charts": metric_charts.charts_of(metric, group, series),
            "is_cut": series.is_cut,
            "chart_form": form,
            "group": group,
            "tones": SEVERITY_TONES,
            "may_keep": self.can(KEEP, metric),
            "may_record": self.can(RECORD, metric),
        }


class MetricHistory(OfMetric, HistoryPage):
    template_name = "inventory/metric_history.html"


class RegisterMetric(FormPage):
    verb = KEEP
    form_class = forms.MetricForm
    template_name = "inventory/metric_form.html"
    page_title = "Register metric"
    submit_label = "Register"
    done_message = "The metric is in the catalogue."

    def form_kwargs(self) -> dict[str, Any]:
        return {"systems": queries.systems_to_measure(self.actor)}

    def initial(self) -> dict[str, Any]:
        return {"system": self.request.GET.get("system", "")}

    def cancel_url(self) -> str:
        return reverse("metrics", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        metric = services.register_metric(actor=self.actor, now=self.now, **cleaned)
        return reverse("metric", args=[self.slug, metric.pk])


class EditMetric(OfMetric, EditPage):
    verb = KEEP
    form_class = forms.MetricEditForm
    template_name = "inventory/metric_form.html"
    editable = services.EDITABLE

    def edit(self, **said: Any) -> None:
        services.edit_metric(actor=self.actor, metric=self.record, now=self.now, **said)


class PauseMetric(OfMetric, FormPage):
    verb = KEEP
    form_class = forms.ReasonForm
    submit_label = "Pause"
    done_message = "Paused: nobody is alerted."

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Pause: {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.pause_metric(actor=self.actor, metric=self.record, now=self.now, **cleaned)
        return self.url


class ActivateMetric(OfMetric, ActPage):
    verb = KEEP

    def perform(self) -> str:
        services.activate_metric(actor=self.actor, metric=self.record, now=self.now)
        messages.success(self.request, "Watched from now on.")
        return self.url


class AddReading(OfMetric, FormPage):
    verb = RECORD
    form_class = forms.ReadingForm
    submit_label = "Record"

    def form_kwargs(self) -> dict[str, Any]:
        return {"groups": sorted(self.record.groups)}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Record a reading: {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        sent = Sent(metric=self.record.reference, place="Reading", **cleaned)
        outcome = readings.record_readings(
            actor=self.actor, sent=[sent], source=MetricSource.MANUAL, now=self.now
        )
        messages.success(self.request, told(outcome))
        return self.url


class UploadReadings(OfMetric, FormPage):
    verb = RECORD
    form_class = forms.ReadingsFileForm
    template_name = "inventory/readings_form.html"
    submit_label = "Upload"

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "page_title": f"Upload readings: {self.record.name}",
            "metric": self.record,
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        file = cleaned["file"]
        sent = reading_file.read(file.read(reading_file.LARGEST_FILE + 1), self.record.reference)
        outcome = readings.record_readings(
            actor=self.actor, sent=sent, source=MetricSource.UPLOAD, note=file.name[:200], now=self.now
        )
        messages.success(self.request, told(outcome))
        return self.url


class CorrectReading(OfMetric, FormPage):
    verb = RECORD
    form_class = forms.CorrectionForm
    template_name = "inventory/reading_correct.html"
    submit_label = "Correct"
    done_message = "Corrected. The earlier reading stays on record."

    @cached_property
    def reading(self) -> MetricReading:
        return get_object_or_404(MetricReading, pk=self.kwargs["reading"], metric=self.record)

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "page_title": f"Correct a reading: {self.record.name}",
            "reading": self.reading,
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        readings.correct_reading(actor=self.actor, reading=self.reading, now=self.now, **cleaned)
        return self.url


class ProposeMetrics(FormPage):
    """Metrics that systems of this kind usually have; chosen ones are registered, paused."""

    verb = KEEP
    form_class = forms.ProposalsForm
    template_name = "inventory/metric_proposals.html"
    submit_label = "Take over"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, KEEP)
        permissions.require(self.actor, KEEP, Metric(system=self.system))
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def system(self) -> AISystem:
        return get_object_or_404(AISystem.objects.select_related("owner"), pk=self.kwargs["pk"])

    @cached_property
    def usual(self) -> frozenset[str]:
        return usual_metrics(adopted_keys())

    @cached_property
    def proposals(self) -> list[metric_proposals.Proposal]:
        known = set(Metric.objects.filter(system=self.system).values_list("name", flat=True))
        found = metric_proposals.proposals_for(self.system.ai_type, self.usual)
        return [each for each in found if each.name not in known]

    def form_kwargs(self) -> dict[str, Any]:
        return {"proposals": [(each.key, self._told(each)) for each in self.proposals]}

    def cancel_url(self) -> str:
        return reverse("system", args=[self.slug, self.system.pk])

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "page_title": f"Metrics for {self.system.name}",
            "system": self.system,
            "proposals": self.proposals,
        }

    def _told(self, each: metric_proposals.Proposal) -> str:
        note = " Usual in your sector." if each.key in self.usual else ""
        return f"{each.name}: {each.definition}{note}"

    def perform(self, cleaned: dict[str, Any]) -> str:
        made = services.adopt_proposals(
            actor=self.actor, system=self.system, keys=cleaned["keys"], now=self.now
        )
        what = "1 metric is" if len(made) == 1 else f"{len(made)} metrics are"
        messages.success(self.request, f"{what} registered. Set the limits, then activate.")
        return f"{reverse('metrics', args=[self.slug])}?system={self.system.pk}"


def told(outcome: readings.Outcome) -> str:
    new = "1 reading" if outcome.accepted == 1 else f"{outcome.accepted:,} readings"
    before = f", {outcome.duplicates:,} were here already" if outcome.duplicates else ""
    return f"{new} recorded{before}."
