"""External audits: the lead's pages, the terms, and the auditor's start page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from aims.core import previews
from aims.core.documents import csv_text
from aims.core.enums import GrantState
from aims.core.generic import ActPage, FormPage, ListPage, Page
from aims.core.models import AccessGrant, Evidence
from aims.core.tenancy.context import current_organization
from audits import forms
from audits.models import Engagement, EvidencePack
from audits.queries.access_log import LOG_ROWS, LogLine, access_log
from audits.queries.coverage import Period, evidence_count
from audits.services import engagements as verbs
from audits.terms import terms_of
from controls.models import StatementOfApplicability
from inventory.models import AISystem

TONES = {
    GrantState.INVITED: "info",
    GrantState.ACTIVE: "ok",
    GrantState.EXPIRED: "neutral",
    GrantState.REVOKED: "bad",
}


class EngagementList(ListPage):
    verb = "audits.view_engagements"
    template_name = "audits/engagements.html"

    def rows(self) -> Any:
        return Engagement.objects.select_related("grant", "soa")

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "tones": TONES,
            "may_invite": self.can("audits.manage_engagements"),
        }


class EngagementNew(FormPage):
    verb = "audits.manage_engagements"
    form_class = forms.EngagementForm
    page_title = "Invite an external auditor"
    submit_label = "Send invitation"

    def initial(self) -> dict[str, Any]:
        approved = StatementOfApplicability.objects.approved().first()
        return {
            "from_date": self.today,
            "may_download": True,
            "systems": list(AISystem.objects.in_scope().values_list("pk", flat=True)),
            "soa": approved.pk if approved else None,
        }

    def cancel_url(self) -> str:
        return reverse("engagements", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        engagement = verbs.create_engagement(actor=self.actor, **cleaned, now=self.now)
        return reverse("engagement", args=[self.slug, engagement.pk])


class EngagementMixin(Page):
    @cached_property
    def engagement(self) -> Engagement:
        rows = Engagement.objects.select_related("grant__user", "soa", "created_by", "terms")
        found: Engagement = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    @property
    def engagement_url(self) -> str:
        return reverse("engagement", args=[self.slug, self.engagement.pk])


class EngagementPage(EngagementMixin):
    verb = "audits.view_engagements"
    template_name = "audits/engagement.html"

    def context(self) -> Mapping[str, Any]:
        engagement = self.engagement
        systems = verbs.systems_of(engagement)
        alive = engagement.grant.state in {GrantState.INVITED, GrantState.ACTIVE}
        return {
            "engagement": engagement,
            "grant": engagement.grant,
            "tone": TONES[GrantState(engagement.grant.state)],
            "systems": AISystem.objects.filter(pk__in=systems),
            "evidence": evidence_count(systems, Period(engagement.period_from, engagement.period_to)),
            "packs": EvidencePack.objects.filter(released_to=engagement),
            "log": access_log(engagement, limit=8),
            "may_preview": verbs.can_be_previewed(engagement, now=self.now)
            and self.can("core.preview_grant"),
            "may_manage": alive and self.can("audits.manage_engagements"),
            "may_revoke": alive and self.can("core.manage_grants"),
        }


class AccessLog(EngagementMixin):
    """Who read what and when: the auditor's reads, from the trail."""

    verb = "audits.view_engagements"
    template_name = "audits/access_log.html"

    @cached_property
    def filter_form(self) -> forms.AccessLogFilter:
        form = forms.AccessLogFilter(self.request.GET)
        form.is_valid()
        return form

    def lines(self, *, limit: int | None = None) -> list[LogLine]:
        return access_log(self.engagement, **self.filter_form.cleaned_data, limit=limit)

    def context(self) -> Mapping[str, Any]:
        export = reverse("access_log_export", args=[self.slug, self.engagement.pk])
        return {
            "engagement": self.engagement,
            "log": self.lines(limit=LOG_ROWS),
            "filter_form": self.filter_form,
            "export_url": f"{export}?{self.request.GET.urlencode()}",
        }


class AccessLogExport(AccessLog):
    """All lines of the filter, safe for spreadsheet programs."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = ((line.at.isoformat(), line.what, line.reference, line.seq) for line in self.lines())
        text = csv_text([("When", "What", "Record", "Trail"), *rows])
        answer = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="access-log.csv"'
        return answer


class OwnAccessLog(AccessLog):
    """The same lines for the auditor; the database shows nobody else's."""

    verb = "audits.view_own_engagement"

    @cached_property
    def engagement(self) -> Engagement:
        found: Engagement = get_object_or_404(Engagement.objects.select_related("grant"))
        return found

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "export_url": "", "is_own": True}


class EngagementForms(EngagementMixin, FormPage):
    def cancel_url(self) -> str:
        return self.engagement_url


class EngagementScope(EngagementForms):
    verb = "audits.manage_engagements"
    form_class = forms.ScopeForm
    page_title = "Scope of the access"
    submit_label = "Change scope"

    def initial(self) -> dict[str, Any]:
        engagement = self.engagement
        return {
            "systems": verbs.systems_of(engagement),
            "soa": engagement.soa_id,
            "period_from": engagement.period_from,
            "period_to": engagement.period_to,
            "full_read": engagement.full_read,
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.change_scope(actor=self.actor, engagement=self.engagement, **cleaned, now=self.now)
        return self.engagement_url


class EngagementRefresh(EngagementMixin, ActPage):
    verb = "audits.manage_engagements"

    def perform(self) -> str:
        verbs.refresh_scope(actor=self.actor, engagement=self.engagement, now=self.now)
        return self.engagement_url


class PreviewBegin(EngagementMixin, ActPage):
    """From here on this session sees the organization as the auditor will, until it is ended."""

    verb = "core.preview_grant"

    def perform(self) -> str:
        verbs.begin_preview(actor=self.actor, engagement=self.engagement)
        previews.begin(self.request, self.slug, self.engagement.grant)
        return reverse("engagement_home", args=[self.slug])


class PreviewEnd(ActPage):
    verb = "core.preview_grant"

    def perform(self) -> str:
        found = Engagement.objects.filter(grant_id=previews.end(self.request, self.slug) or 0).first()
        if found is None:
            return reverse("engagements", args=[self.slug])
        verbs.end_preview(actor=self.actor, engagement=found)
        return reverse("engagement", args=[self.slug, found.pk])


class EngagementExtend(EngagementForms):
    verb = "audits.manage_engagements"
    form_class = forms.ExtendForm
    page_title = "Change the last day"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.extend(actor=self.actor, engagement=self.engagement, **cleaned, now=self.now)
        return self.engagement_url


class EngagementRevoke(EngagementForms):
    verb = "core.manage_grants"
    form_class = forms.ReasonForm
    page_title = "End the access now"
    submit_label = "End access"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.revoke_engagement(
            actor=self.actor, engagement=self.engagement, reason=cleaned["reason"], now=self.now
        )
        return self.engagement_url


@method_decorator(never_cache, name="dispatch")
class AcceptTerms(FormPage):
    """The one page that an invited auditor can open."""

    verb = "core.accept_grant"
    form_class = forms.TermsForm
    template_name = "audits/accept_terms.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.actor.is_auditor:
            return redirect("engagement_home", self.slug)
        return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, Any]:
        grant = AccessGrant.objects.get(pk__in=[self.actor.grant_id])
        return {
            "engagement": Engagement.objects.filter(grant=grant).first(),
            "grant": grant,
            "terms": terms_of(current_organization().name),
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.accept_terms(actor=self.actor, terms=cleaned["terms"], now=self.now)
        return reverse("engagement_home", args=[self.slug])


class EngagementHome(Page):
    """The auditor's overview: what the access covers, and the way to each part of it."""

    verb = "audits.view_own_engagement"
    template_name = "audits/engagement_home.html"

    def context(self) -> Mapping[str, Any]:
        # Each of these shows what the database lets this auditor read, and nothing has to be filtered here.
        engagement = get_object_or_404(Engagement.objects.select_related("grant"))
        return {
            "engagement": engagement,
            "grant": engagement.grant,
            "systems": AISystem.objects.all(),
            "evidence_count": Evidence.objects.count(),
            "soa": StatementOfApplicability.objects.approved().first(),
            "packs": EvidencePack.objects.all(),
            "links": _links(self.slug),
        }


def _links(slug: str) -> list[dict[str, str]]:
    pages = (
        ("systems", "AI systems"),
        ("risks", "Risks"),
        ("assessments", "Impact assessments"),
        ("controls", "Controls"),
        ("soas", "Statement of Applicability"),
        ("evidence_list", "Evidence"),
        ("findings", "Findings of internal audits"),
    )
    return [{"label": label, "url": reverse(name, args=[slug])} for name, label in pages]
