"""Pages of evidence packs: list, ask, watch, download, release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from aims.core import blobs, trail
from aims.core.actor import Actor
from aims.core.exceptions import NotAllowed
from aims.core.generic import ActPage, FormPage, ListPage, Page
from aims.core.models import Job
from aims.core.signing import Signer
from audits import packs
from audits.enums import PackState
from audits.models import Engagement, EvidencePack

DOWNLOADABLE = {PackState.READY, PackState.RELEASED}


class PackList(ListPage):
    verb = "audits.view_packs"
    template_name = "audits/packs.html"
    sorts = {"as_of": "as_of", "reference": "reference"}

    def rows(self) -> Any:
        return EvidencePack.objects.select_related("requested_by")

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "may_build": self.can("audits.request_pack"),
            "public_key": Signer.from_settings().public_key_text(),
        }


class PackForm(forms.Form):
    as_of = forms.DateField(
        label="As of",
        help_text="The day the pack shows. Registers are read as they stood at its end.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class PackNew(FormPage):
    verb = "audits.request_pack"
    form_class = PackForm
    page_title = "Build an evidence pack, Stage 1"
    submit_label = "Build"

    def initial(self) -> dict[str, Any]:
        return {"as_of": self.today}

    def cancel_url(self) -> str:
        return reverse("packs", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        pack = packs.request_pack(actor=self.actor, as_of=cleaned["as_of"], now=self.now)
        return reverse("pack", args=[self.slug, pack.pk])


class PackPage(Page):
    verb = "audits.view_packs"
    template_name = "audits/pack.html"

    def context(self) -> Mapping[str, Any]:
        pack = find(self.kwargs["pk"])
        signer = Signer.from_settings()
        return {
            "pack": pack,
            "job": job_of(pack, self.actor),
            "progress_url": reverse("pack_progress", args=[self.slug, pack.pk]),
            "is_downloadable": is_downloadable(pack, self.actor),
            "public_key": signer.public_key_text(),
            "fingerprint": signer.fingerprint(),
            "may_release": self.can("audits.release_pack") and pack.state == PackState.READY,
            "may_revoke": self.can("audits.revoke_pack") and pack.state == PackState.RELEASED,
            "may_retry": self.can("audits.request_pack") and pack.state == PackState.FAILED,
        }


class PackProgress(Page):
    """The fragment a waiting page asks for."""

    verb = "audits.view_packs"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pack = find(self.kwargs["pk"])
        context = {
            "pack": pack,
            "job": job_of(pack, self.actor),
            "progress_url": request.path,
            "page_url": reverse("pack", args=[self.slug, pack.pk]),
        }
        return render(request, "audits/_pack_progress.html", context)


class PackDownload(Page):
    verb = "audits.download_pack"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pack = find(self.kwargs["pk"])
        if pack.blob is None or pack.state not in DOWNLOADABLE:
            raise Http404
        if not is_downloadable(pack, self.actor):
            raise NotAllowed("Your access does not include downloads. Ask the compliance lead.")
        trail.record(self.actor, "evidencepack.downloaded", pack)
        return blobs.serve(pack.blob)  # type: ignore[return-value]


class PackRetry(ActPage):
    verb = "audits.request_pack"

    def perform(self) -> str:
        pack = find(self.kwargs["pk"])
        packs.retry_pack(actor=self.actor, pack=pack, now=self.now)
        return reverse("pack", args=[self.slug, pack.pk])


class ReleaseForm(forms.Form):
    recipient: Any = forms.ModelChoiceField(
        queryset=None, label="Audit", help_text="The auditor of this engagement can then read the pack."
    )
    until_date = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient"].queryset = Engagement.objects.filter(  # type: ignore[attr-defined]
            grant__revoked_at=None, grant__ends_at__gt=timezone.now()
        )


class PackRelease(FormPage):
    verb = "audits.release_pack"
    form_class = ReleaseForm
    page_title = "Release the pack to an auditor"
    submit_label = "Release"

    def cancel_url(self) -> str:
        return reverse("pack", args=[self.slug, find(self.kwargs["pk"]).pk])

    def perform(self, cleaned: dict[str, Any]) -> str:
        packs.release_pack(
            actor=self.actor,
            pack=find(self.kwargs["pk"]),
            engagement=cleaned["recipient"],
            until=cleaned["until_date"],
            now=self.now,
        )
        return self.cancel_url()


class RevokeForm(forms.Form):
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}))


class PackRevoke(FormPage):
    verb = "audits.revoke_pack"
    form_class = RevokeForm
    page_title = "Take the pack back"
    submit_label = "Take back"

    def cancel_url(self) -> str:
        return reverse("pack", args=[self.slug, find(self.kwargs["pk"]).pk])

    def perform(self, cleaned: dict[str, Any]) -> str:
        pack = find(self.kwargs["pk"])
        packs.revoke_pack(actor=self.actor, pack=pack, reason=cleaned["reason"], now=self.now)
        return self.cancel_url()


def find(pk: int) -> EvidencePack:
    found: EvidencePack = get_object_or_404(
        EvidencePack.objects.select_related("blob", "requested_by", "released_to"), pk=pk
    )
    return found


def job_of(pack: EvidencePack, actor: Actor) -> Job | None:
    """Auditors see released packs only, and no jobs."""
    return None if actor.is_auditor else Job.objects.filter(pk=pack.job_id).first()


def is_downloadable(pack: EvidencePack, actor: Actor) -> bool:
    return pack.blob_id is not None and pack.state in DOWNLOADABLE and actor.may_download
