"""The way back by SAML: the provider's form arrives without our cookie, a redirect brings the cookie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from allauth.core import ratelimit
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from aims.core import directory
from aims.core.assertions import Assertion, SignInRefused
from aims.core.services import saml_answers
from aims.core.views.single_sign_on import come_back, refuse


@csrf_exempt  # another site's form brings it; the signature is the proof, the session's part is in `finish`
@never_cache
@require_POST
def arrival(request: Any, organization: str) -> HttpResponse:
    if not ratelimit.consume(request, action="login"):
        return ratelimit.respond_429(request)
    try:
        ticket = saml_answers.keep(
            organization_id=directory.organization_id(organization),
            text=request.POST.get("SAMLResponse", ""),
            now=timezone.now(),
        )
    except SignInRefused as refused:
        return refuse(request, str(refused))
    return HttpResponse(
        status=303, headers={"Location": f"{reverse('saml_finish')}?{urlencode({'ticket': ticket})}"}
    )


@never_cache
@require_GET
def finish(request: Any) -> HttpResponse:
    def identity(attempt: Mapping[str, Any]) -> Assertion:
        return saml_answers.take(
            organization_id=attempt["organization"],
            connection_id=attempt["connection"],
            ticket=request.GET.get("ticket", ""),
            request_id=attempt["request_id"],
            now=timezone.now(),
        )

    return come_back(request, "request_id", identity)
