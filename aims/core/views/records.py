"""The trail and the jobs of an organization."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from aims.core.enums import JobState
from aims.core.exceptions import NotAllowed
from aims.core.forms.organization import TrailFilter
from aims.core.generic import ActPage, ListPage, Page
from aims.core.models import Job
from aims.core.numbers import whole_number
from aims.core.queries.trail import filtered_trail, lines, newest_seal
from aims.core.queries.trail_export import EXPORTS
from aims.core.services.jobs import retry_job
from aims.core.services.trail import Report, verify_trail

MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}
SHOWN_STATE = {JobState.QUEUED: "waiting"}


class TrailPage(ListPage):
    verb = "core.view_trail"
    template_name = "core/trail.html"

    @cached_property
    def filter_form(self) -> TrailFilter:
        form = TrailFilter(self.request.GET or None)
        form.is_valid()
        return form

    def rows(self) -> Any:
        return filtered_trail(**getattr(self.filter_form, "cleaned_data", {}))

    def sorted_rows(self) -> Any:
        return self.rows()

    def context(self) -> Mapping[str, Any]:
        context = dict(super().context())
        query, export = self.request.GET.urlencode(), reverse("trail_export", args=[self.slug])
        return context | {
            "page_title": "Activity log",
            "intro": "Every change writes one line. Each line carries the hash of the one before it.",
            "rows": list(lines(context["page"].object_list, reader=self.actor)),
            "filter_form": self.filter_form,
            "export_url": f"{export}?{query}",
            "export_lines_url": f"{export}?{f'{query}&' if query else ''}format=jsonl",
            "verify_url": reverse("trail_verify", args=[self.slug]),
            "report": self._finished_report(),
            "seal": newest_seal(),
        }

    def _finished_report(self) -> Report | None:
        """What a verification in the background found; its job leads here."""
        number = whole_number(self.request.GET.get("checked", ""))
        job = Job.objects.filter(pk=number, kind="verify_trail", state=JobState.DONE).first()
        return Report.of(job.result["report"]) if job else None


class VerifyTrail(TrailPage):
    verb = "core.verify_trail"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = verify_trail(actor=self.actor, now=self.now)
        if isinstance(found, Job):
            return HttpResponseRedirect(reverse("job", args=[self.slug, found.pk]))
        return self.show(report=found)


class ExportTrail(TrailPage):
    """What the page shows, all of it, with the hashes and the latest checkpoint: CSV, or JSON lines."""

    verb = "core.export_trail"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> StreamingHttpResponse:  # type: ignore[override]
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        kind = "jsonl" if request.GET.get("format") == "jsonl" else "csv"
        filters = getattr(self.filter_form, "cleaned_data", {})
        response = StreamingHttpResponse(
            EXPORTS[kind](self.actor, filters), content_type=f"{MEDIA_TYPES[kind]}; charset=utf-8"
        )
        response.headers["Content-Disposition"] = f'attachment; filename="activity-log.{kind}"'
        return response


class Jobs(ListPage):
    verb = "core.view_jobs"
    template_name = "core/jobs.html"

    def rows(self) -> Any:
        return Job.objects.select_related("requested_by")

    def context(self) -> Mapping[str, Any]:
        context = dict(super().context())
        return context | {
            "page_title": "Jobs",
            "intro": "Imports, packs and documents that are made in the background.",
            "rows": [shown_job(job, self.slug) for job in context["page"].object_list],
        }


def shown_job(job: Job, slug: str) -> dict[str, Any]:
    """A job as core/_job.html and core/jobs.html name things; `result` may carry url and label."""
    result = job.result if job.state == JobState.DONE else {}
    return {
        "id": job.pk,
        "title": str(job),
        "state": SHOWN_STATE.get(JobState(job.state), job.state),
        "done": job.progress,
        "total": 100,
        "step": job.step,
        "message": job.error,
        "by": job.requested_by.name if job.requested_by else "Portal",
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "url": reverse("job", args=[slug, job.pk]),
        "progress_url": reverse("job_progress", args=[slug, job.pk]),
        "result_url": result.get("url", ""),
        "result_label": result.get("label", ""),
    }


class OneJob(Page):
    verb = "core.view_jobs"
    template_name = "core/job_detail.html"

    @cached_property
    def job(self) -> Job:
        return get_object_or_404(Job.objects.select_related("requested_by"), pk=self.kwargs["pk"])

    def context(self) -> Mapping[str, Any]:
        job = self.job
        may_retry = job.state == JobState.FAILED and self.can("core.retry_job")
        return {
            "page_title": str(job),
            "job": shown_job(job, self.slug),
            "retry_url": reverse("job_retry", args=[self.slug, job.pk]) if may_retry else "",
            "facts": [
                {"label": "Asked for by", "value": job.requested_by or "Portal", "kind": "person"},
                {"label": "Asked for", "value": job.created_at, "kind": "moment"},
                {"label": "Finished", "value": job.finished_at, "kind": "moment"},
                {"label": "Attempts", "value": job.attempt, "kind": "number"},
            ],
        }


class JobProgress(OneJob):
    """The piece that htmx asks for every two seconds."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, "core/_job.html", {"job": shown_job(self.job, self.slug)})


class RetryJob(ActPage):
    verb = "core.retry_job"

    def perform(self) -> str:
        job = get_object_or_404(Job.objects.all(), pk=self.kwargs["pk"])
        retry_job(actor=self.actor, job=job)
        return reverse("job", args=[self.slug, job.pk])
