"""The face of SCIM 2.0, below /scim/v2/organizations/<slug>/, for keys with the scope scim:write only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from aims.core import keys, permissions, scim
from aims.core.actor import Actor
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import DirectoryGroup, Member
from aims.core.networks import client_address
from aims.core.queries import provisioning as reads
from aims.core.scim import ScimError
from aims.core.services import provisioning
from aims.core.services.group_roles import waiting
from aims.core.services.handing_over import labels


def answer(body: Any, status: int = 200) -> HttpResponse:
    return JsonResponse(body, status=status, content_type=scim.MEDIA_TYPE)


def problem(status: int, detail: str) -> HttpResponse:
    return answer(ScimError(status, detail).body(), status)


@method_decorator(csrf_exempt, name="dispatch")  # no cookie opens it
class Endpoint(View):
    """One address: asks for the verb, reads the body, and says every refusal in SCIM's words."""

    verb = "core.provision"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            permissions.require(self.actor, self.verb)
            keys.note_use(self.actor, address=client_address(request), now=timezone.now())
            with transaction.atomic():
                return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]
        except ScimError as refused:
            return answer(refused.body(), refused.status)
        except NotAllowed as refused:
            return problem(403, str(refused))
        except RuleBroken as refused:
            return _rule_broken(refused)
        except Http404:
            return problem(404, "There is no such resource.")
        except IntegrityError:
            return answer(ScimError(409, "This conflicts with what exists.", "uniqueness").body(), 409)

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return problem(405, "This is not done here.")

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        return actor

    @property
    def base(self) -> str:
        return f"{settings.BASE_URL}/scim/v2/organizations/{self.kwargs['organization']}"

    def body(self) -> dict[str, Any]:
        try:
            found = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise ScimError(400, "The body is not JSON.", "invalidSyntax") from None
        if not isinstance(found, dict) or "\\u0000" in self.request.body.decode("utf-8", "replace"):
            raise ScimError(400, "The body is not a resource.", "invalidSyntax")
        return found

    def one(self, rows: Any) -> Any:
        found = rows.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    def listed(self, rows: Any, shown: Any) -> HttpResponse:
        start, count = scim.page_of(self.request.GET)
        page = list(rows[start - 1 : start - 1 + count]) if start < 10**9 else []
        resources = [scim.shown(shown(row), self.request.GET) for row in page]
        return answer(scim.listing(resources, total=rows.count(), start=start))

    def whole_user(self, member: Member, status: int = 200) -> HttpResponse:
        """With the records that wait to be handed over, by their names; a list says only since when."""
        body = self.user(member)
        if scim.HAND_OVER in body:
            body[scim.HAND_OVER]["records"] = labels(waiting(member))
        return answer(scim.shown(body, self.request.GET), status)

    def user(self, member: Member) -> dict[str, Any]:
        known = next(iter(member.provisioned.all()), None)  # type: ignore[attr-defined]
        body = {
            "schemas": [scim.USER],
            "id": str(member.pk),
            "userName": member.email,
            "displayName": member.name,
            "name": {"formatted": member.name},
            "emails": [{"value": member.email, "primary": True}],
            "active": member.is_active,
            "meta": {
                "resourceType": "User",
                "created": member.joined_at.isoformat(),
                "lastModified": (known.changed_at if known else member.joined_at).isoformat(),
                "location": f"{self.base}/Users/{member.pk}",
            },
        }
        if known and known.external_id:
            body["externalId"] = known.external_id
        if member.hand_over_since:
            body["schemas"] = [scim.USER, scim.HAND_OVER]
            body[scim.HAND_OVER] = {"since": member.hand_over_since.isoformat()}
        return body

    def group(self, group: DirectoryGroup) -> dict[str, Any]:
        body = {
            "schemas": [scim.GROUP],
            "id": str(group.pk),
            "displayName": group.name,
            "members": [
                {"value": str(entry.member_id), "display": entry.member.name}
                for entry in group.entries.all()  # type: ignore[attr-defined]
            ],
            "meta": {
                "resourceType": "Group",
                "lastModified": group.changed_at.isoformat(),
                "location": f"{self.base}/Groups/{group.pk}",
            },
        }
        return body | ({"externalId": group.external_id} if group.external_id else {})


def _rule_broken(refused: RuleBroken) -> HttpResponse:
    conflict = refused.code in {"uniqueness", "orphans"}
    kind = "uniqueness" if refused.code == "uniqueness" else "" if conflict else "invalidValue"
    status = 409 if conflict else 400
    return answer(ScimError(status, str(refused), kind).body(), status)


class Users(Endpoint):
    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        found = reads.filtered_users(scim.conditions(request.GET.get("filter", "")))
        return self.listed(found, self.user)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        body = self.body()
        made = provisioning.provision(
            actor=self.actor,
            email=scim.text(body.get("userName"), "userName", most=254),
            name=scim.full_name(body),
            external_id=scim.text(body.get("externalId") or "", "externalId", most=200),
            active=scim.truth(body.get("active", True)),
        )
        response = self.whole_user(reads.users().get(pk=made.pk), 201)
        response.headers["Location"] = f"{self.base}/Users/{made.pk}"
        return response


class OneUser(Endpoint):
    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        return self.whole_user(self.one(reads.users()))

    def put(self, request: Any, **kwargs: Any) -> HttpResponse:
        member, body = self.one(reads.users()), self.body()
        _same_name(member, body.get("userName"))
        return self._update(
            member,
            name=scim.full_name(body),
            external_id=scim.text(body.get("externalId") or "", "externalId", most=200),
            active=scim.truth(body["active"]) if "active" in body else None,
        )

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        member = self.one(reads.users())
        values: dict[str, Any] = {}
        for change in scim.changes(self.body()):
            values |= _user_value(member, change)
        return self._update(member, **values)

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Nobody is deleted: what they did stays on record. Their access ends."""
        provisioning.update(actor=self.actor, member=self.one(reads.users()), active=False)
        return HttpResponse(status=204)

    def _update(self, member: Member, **values: Any) -> HttpResponse:
        provisioning.update(actor=self.actor, member=member, **values)
        return self.whole_user(self.one(reads.users()))


def _user_value(member: Member, change: scim.Change) -> dict[str, Any]:
    """What a change of one attribute means; attributes that the portal does not keep are passed over."""
    if change.name == "active":
        return {"active": change.operator != "remove" and scim.truth(change.value)}
    if change.name == "username":
        _same_name(member, change.value)
        return {}
    if change.operator == "remove":
        return {"external_id": ""} if change.name == "externalid" else {}
    if change.name in {"displayname", "name.formatted"}:
        return {"name": scim.text(change.value, change.name)}
    if change.name == "name" and isinstance(change.value, dict):
        return {"name": scim.full_name({"name": change.value})}
    if change.name == "externalid":
        return {"external_id": scim.text(change.value, "externalId", most=200)}
    return {}


def _same_name(member: Member, value: Any) -> None:
    if not isinstance(value, str) or value.strip().lower() != member.email:
        raise ScimError(400, "userName is the address of the account and cannot be changed.", "mutability")


class Groups(Endpoint):
    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        return self.listed(reads.filtered_groups(scim.conditions(request.GET.get("filter", ""))), self.group)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        body = self.body()
        made = provisioning.add_group(
            actor=self.actor,
            name=scim.text(body.get("displayName"), "displayName", most=200),
            external_id=scim.text(body.get("externalId") or "", "externalId", most=200),
            members=_members(scim.member_ids(body.get("members") or [])),
        )
        response = answer(self.group(reads.groups().get(pk=made.pk)), 201)
        response.headers["Location"] = f"{self.base}/Groups/{made.pk}"
        return response


class OneGroup(Endpoint):
    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        return answer(scim.shown(self.group(self.one(reads.groups())), self.request.GET))

    def put(self, request: Any, **kwargs: Any) -> HttpResponse:
        group, body = self.one(reads.groups()), self.body()
        name = scim.text(body.get("displayName"), "displayName", most=200)
        external_id = scim.text(body.get("externalId") or "", "externalId", most=200)
        provisioning.rename_group(actor=self.actor, group=group, name=name, external_id=external_id)
        return self._hold(group, scim.member_ids(body.get("members") or []))

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        group = self.one(reads.groups())
        name, external_id = group.name, group.external_id
        held = {entry.member_id for entry in group.entries.all()}  # type: ignore[attr-defined]
        for change in scim.changes(self.body()):
            if change.name == "members":
                held = _changed(held, change)
            elif change.name == "displayname":
                name = scim.text(change.value, "displayName", most=200)
            elif change.name == "externalid":
                external_id = scim.text(change.value or "", "externalId", most=200)
        provisioning.rename_group(actor=self.actor, group=group, name=name, external_id=external_id)
        return self._hold(group, held)

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        provisioning.remove_group(actor=self.actor, group=self.one(reads.groups()))
        return HttpResponse(status=204)

    def _hold(self, group: DirectoryGroup, ids: Iterable[int]) -> HttpResponse:
        provisioning.set_group_members(actor=self.actor, group=group, members=_members(ids))
        return answer(scim.shown(self.group(self.one(reads.groups())), self.request.GET))


def _changed(held: set[int], change: scim.Change) -> set[int]:
    if change.operator == "remove" and change.value is None:
        return set()
    named = set(scim.member_ids(change.value or []))
    return {"add": held | named, "replace": named, "remove": held - named}[change.operator]


def _members(ids: Iterable[int]) -> list[Member]:
    """Of this organization and its verified domains; anybody else is as unknown as a number nobody has."""
    wanted = set(ids)
    found = list(reads.users().filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise ScimError(400, "One of the members is not a user here.", "invalidValue")
    return found


class Service(Endpoint):
    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        return answer(scim.service(self.base))


class Described(Endpoint):
    """Lists that describe the service, whole or one entry by its id."""

    what: Any = None

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        found = type(self).what(self.base)
        if "name" not in kwargs:
            return answer(scim.listing(found, total=len(found), start=1))
        one = next((each for each in found if each["id"] == kwargs["name"]), None)
        return answer(one) if one else problem(404, "There is no such resource.")


class ResourceTypes(Described):
    what = staticmethod(scim.resource_types)


class Schemas(Described):
    what = staticmethod(scim.schemas)


class Nothing(Endpoint):
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return problem(404, "There is no such resource.")
