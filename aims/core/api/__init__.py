"""The core's part of the API; each module is one noun."""

from rest_framework.routers import SimpleRouter

from aims.core.api.erasures import ErasureViewSet
from aims.core.api.evidence import EvidenceViewSet
from aims.core.api.invitations import InvitationViewSet
from aims.core.api.jobs import JobViewSet
from aims.core.api.keys import KeyViewSet
from aims.core.api.me import MeViewSet
from aims.core.api.operator_entries import OperatorEntryViewSet
from aims.core.api.people import DelegationViewSet, ExceptionViewSet, MemberViewSet
from aims.core.api.saved_views import SavedViewViewSet
from aims.core.api.sign_in_rules import SignInRulesViewSet
from aims.core.api.single_sign_on import DirectoryGroupViewSet, EmailDomainViewSet, SignInConnectionViewSet
from aims.core.api.trail import TrailViewSet


def register(router: SimpleRouter) -> None:
    router.register("evidence", EvidenceViewSet, basename="api-evidence")
    router.register("api-keys", KeyViewSet, basename="api-keys")
    router.register("jobs", JobViewSet, basename="api-jobs")
    router.register("trail", TrailViewSet, basename="api-trail")
    router.register("invitations", InvitationViewSet, basename="api-invitations")
    router.register("sign-in-rules", SignInRulesViewSet, basename="api-sign-in-rules")
    router.register("erasures", ErasureViewSet, basename="api-erasures")
    router.register("operator-entries", OperatorEntryViewSet, basename="api-operator-entries")
    router.register("saved-views", SavedViewViewSet, basename="api-saved-views")
    router.register("me", MeViewSet, basename="api-me")
    router.register("members", MemberViewSet, basename="api-members")
    router.register("exceptions", ExceptionViewSet, basename="api-exceptions")
    router.register("delegations", DelegationViewSet, basename="api-delegations")
    router.register("email-domains", EmailDomainViewSet, basename="api-email-domains")
    router.register("sign-in-connections", SignInConnectionViewSet, basename="api-sign-in-connections")
    router.register("directory-groups", DirectoryGroupViewSet, basename="api-directory-groups")
