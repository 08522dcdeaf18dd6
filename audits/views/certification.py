"""The certification record: its cycle, its dates with how they were computed, and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from aims.core import transitions
from aims.core.generic import FormPage, Page
from aims.core.machines import words
from audits import forms, rules
from audits.enums import CertificateState
from audits.models import Certificate
from audits.queries.certification import current_certificate, cycle_lines, milestones
from audits.services import certification as verbs

TONES = {
    CertificateState.CERTIFIED: "ok",
    CertificateState.SUSPENDED: "bad",
    CertificateState.EXPIRED: "bad",
    CertificateState.WITHDRAWN: "bad",
    CertificateState.NONCONFORMITIES_OPEN: "warn",
    CertificateState.SURVEILLANCE_DUE: "warn",
    CertificateState.RECERTIFICATION_DUE: "warn",
}
#: action of SM-25 -> (label, fields); an action by the system alone is not offered
STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "apply": ("Apply for certification", ()),
    "start_stage1": ("Start Stage 1", ("stage1_date",)),
    "record_concerns": ("Record concerns of Stage 1", ("concerns",)),
    "start_stage2": ("Start Stage 2", ("stage2_date", "reason")),
    "record_nonconformities": ("Nonconformities were found", ()),
    "no_nonconformities": ("No nonconformities", ()),
    "submit_responses": ("Responses accepted", ("verified_on",)),
    "record_certificate": (
        "Record the certificate",
        ("number", "scope_text", "soa", "decision_date", "expiry_date"),
    ),
    "start": ("Start the audit", ("audit_date",)),
    "confirm": ("Surveillance passed", ("held_on", "reason")),
    "renew": ("Record the renewal", ("decision_date",)),
    "miss_surveillance": ("The body suspended", ("reason",)),
    "suspend": ("The body suspended", ("reason",)),
    "restore": ("Certificate restored", ("reason",)),
    "withdraw": ("Certificate withdrawn", ("reason",)),
    "restore_after_expiry": ("Restored after expiry", ("decision_date",)),
}


def step_fields(certificate: Certificate, action: str) -> tuple[str, ...]:
    if action == "start" and certificate.state == CertificateState.SURVEILLANCE_DUE:
        return ()
    return STEPS[action][1]


class CertificationHome(Page):
    """Straight to the record when there is one."""

    verb = "audits.view_certification"
    has_past = True
    template_name = "audits/certification_empty.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        certificate = current_certificate()
        if certificate is not None:
            return redirect("certificate", self.slug, certificate.pk)
        return self.show()

    def context(self) -> Mapping[str, Any]:
        return {"may_manage": self.can("audits.manage_certification")}


class CertificateMixin(Page):
    @cached_property
    def certificate(self) -> Certificate:
        found: Certificate = get_object_or_404(
            Certificate.objects.select_related("soa"), pk=self.kwargs["pk"]
        )
        return found

    @property
    def certificate_url(self) -> str:
        return reverse("certificate", args=[self.slug, self.kwargs["pk"]])


class CertificatePage(CertificateMixin):
    verb = "audits.view_certification"
    record_name = "certificate"
    has_past = True
    template_name = "audits/certificate.html"

    def context(self) -> Mapping[str, Any]:
        certificate = self.certificate
        return {
            "certificate": certificate,
            "tone": TONES.get(CertificateState(certificate.state), "info"),
            "milestones": milestones(certificate, today=self.today),
            "lines": cycle_lines(certificate, today=self.today),
            "steps": self._steps(certificate),
            "may_edit": self.can("audits.manage_certification"),
        }

    def _steps(self, certificate: Certificate) -> list[dict[str, str]]:
        offered = transitions.actions_for(rules.CERTIFICATION, certificate, self.actor)
        return [
            {
                "label": STEPS[action][0],
                "url": reverse("certificate_step", args=[self.slug, certificate.pk, action]),
                "rule": "; ".join(rules.CERTIFICATION.transition(certificate.state, action).guards),
            }
            for action in offered
            if action in STEPS
        ]


class CertificationNew(FormPage):
    verb = "audits.manage_certification"
    form_class = forms.CertificationForm
    page_title = "Prepare for certification"
    submit_label = "Open record"

    def perform(self, cleaned: dict[str, Any]) -> str:
        names = ("body", "scope_text", "management_review_date")
        certificate = verbs.open_certification(
            actor=self.actor, **{name: cleaned[name] for name in names}, now=self.now
        )
        return reverse("certificate", args=[self.slug, certificate.pk])

    def cancel_url(self) -> str:
        return reverse("certification", args=[self.slug])


class CertificateExisting(FormPage):
    verb = "audits.manage_certification"
    form_class = forms.ExistingCertificateForm
    page_title = "Enter an existing certificate"
    submit_label = "Enter certificate"

    def perform(self, cleaned: dict[str, Any]) -> str:
        certificate = verbs.record_existing(actor=self.actor, **cleaned, now=self.now)
        return reverse("certificate", args=[self.slug, certificate.pk])

    def cancel_url(self) -> str:
        return reverse("certification", args=[self.slug])


class CertificateEdit(CertificateMixin, FormPage):
    verb = "audits.manage_certification"
    form_class = forms.CertificationForm
    page_title = "Certification"

    def initial(self) -> dict[str, Any]:
        names = ("body", "scope_text", "management_review_date", "note", "row_version")
        return {name: getattr(self.certificate, name) for name in names}

    def cancel_url(self) -> str:
        return self.certificate_url

    def perform(self, cleaned: dict[str, Any]) -> str:
        cleaned["row_version"] = cleaned["row_version"] or self.certificate.row_version
        verbs.edit_certification(actor=self.actor, certificate=self.certificate, **cleaned)
        return self.certificate_url


class CertificateStep(CertificateMixin, FormPage):
    verb = "audits.apply_for_certification"
    form_class = forms.CertificateStepForm
    submit_label = "Record"
    template_name = "audits/certificate_step.html"

    @property
    def action(self) -> str:
        action: str = self.kwargs["action"]
        if action not in STEPS:
            raise Http404
        return action

    def form_kwargs(self) -> dict[str, Any]:
        return {"names": step_fields(self.certificate, self.action)}

    def initial(self) -> dict[str, Any]:
        return {"scope_text": self.certificate.scope_text, "soa": self.certificate.soa_id}

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "page_title": STEPS[self.action][0],
            "certificate": self.certificate,
            "state": words(self.certificate.state),
        }

    def cancel_url(self) -> str:
        return self.certificate_url

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.advance(
            actor=self.actor,
            certificate=self.certificate,
            action=self.action,
            given=cleaned,
            now=self.now,
        )
        return self.certificate_url
