"""The API's part on audits, findings, the certification, packs and what external auditors do."""

from rest_framework.routers import SimpleRouter

from audits.api.auditor_work import DraftViewSet, NoteViewSet, SampleViewSet
from audits.api.audits import AuditViewSet
from audits.api.certificates import CertificateViewSet
from audits.api.findings import FindingViewSet
from audits.api.packs import PackViewSet
from audits.api.requests import OwnAccessLogViewSet, RequestViewSet
from audits.api.trace import TraceViewSet


def register(router: SimpleRouter) -> None:
    router.register("audits", AuditViewSet, basename="api-audits")
    router.register("systems", TraceViewSet, basename="api-system-trace")
    router.register("findings", FindingViewSet, basename="api-findings")
    router.register("certificates", CertificateViewSet, basename="api-certificates")
    router.register("packs", PackViewSet, basename="api-packs")
    router.register("requests", RequestViewSet, basename="api-requests")
    router.register("own-access-log", OwnAccessLogViewSet, basename="api-own-access-log")
    router.register("samples", SampleViewSet, basename="api-samples")
    router.register("auditor-notes", NoteViewSet, basename="api-auditor-notes")
    router.register("external-findings", DraftViewSet, basename="api-external-findings")
