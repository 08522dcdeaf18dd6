"""SCIM 2.0 (RFC 7643, 7644): its words, filters and patches as plain values. No Django, no tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
#: Our own addition to a user: what still waits for somebody else after their access ended.
HAND_OVER = "urn:aims:scim:schemas:1.0:HandOver"
MEDIA_TYPE = "application/scim+json"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"
MOST_RESULTS = 200
MOST_OPERATIONS = 1000
OPERATORS = {"eq", "ne", "co", "sw", "ew", "pr"}
CONDITION = re.compile(
    r'\s*(?P<name>[A-Za-z.:0-9]+)\s+(?P<op>[A-Za-z]{2})(?:\s+(?P<value>"(?:[^"\\]|\\.)*"|\w+))?\s*'
)
MEMBER_PATH = re.compile(r'members\[value eq "([^"]{1,40})"\]', re.I)


class ScimError(Exception):
    """A refusal in SCIM's words."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind

    def body(self) -> dict[str, Any]:
        answer = {"schemas": [f"{MESSAGE}Error"], "status": str(self.status), "detail": self.detail}
        return answer | ({"scimType": self.kind} if self.kind else {})


@dataclass(frozen=True)
class Condition:
    name: str  # in lower case
    operator: str
    value: str


@dataclass(frozen=True)
class Change:
    """One operation of a PATCH on one attribute; `operator` is add, replace or remove."""

    operator: str
    name: str  # in lower case
    value: Any


def conditions(text: str) -> list[Condition]:
    """`userName eq "a@b.test" and active eq true`. What this portal does not understand is refused."""
    if "\0" in text:
        raise ScimError(400, "The filter cannot be understood.", "invalidFilter")
    found, rest = [], text
    while rest.strip():
        match = CONDITION.match(rest)
        if match is None:
            raise ScimError(400, "The filter cannot be understood.", "invalidFilter")
        operator, value = match["op"].lower(), match["value"] or ""
        if operator not in OPERATORS or (operator == "pr") is bool(value):
            raise ScimError(400, "The filter uses an operator that is not supported.", "invalidFilter")
        found.append(Condition(match["name"].lower(), operator, re.sub(r"\\(.)", r"\1", _unquoted(value))))
        rest = rest[match.end() :]
        joint = re.match(r"and\s", rest, re.I)
        if rest and (joint is None or not rest[joint.end() :].strip()):
            raise ScimError(400, "Conditions of a filter can only be joined by “and”.", "invalidFilter")
        rest = rest[joint.end() :] if joint else ""
    return found


def _unquoted(value: str) -> str:
    return value[1:-1] if value.startswith('"') else value


def page_of(query: Mapping[str, str]) -> tuple[int, int]:
    """(first place counted from one, how many)"""
    try:
        start, count = int(query.get("startIndex", 1)), int(query.get("count", 100))
    except ValueError:
        raise ScimError(400, "startIndex and count are numbers.", "invalidValue") from None
    return max(start, 1), min(max(count, 0), MOST_RESULTS)


def changes(body: Mapping[str, Any]) -> list[Change]:
    """The operations of a PATCH, attribute by attribute."""
    operations = body.get("Operations")
    if not isinstance(operations, list) or not operations or len(operations) > MOST_OPERATIONS:
        raise ScimError(400, "A PATCH holds between 1 and 1000 operations.", "invalidSyntax")
    return [change for operation in operations for change in _changes(operation)]


def _changes(operation: Any) -> Iterator[Change]:
    operator = str(operation.get("op", "")).lower() if isinstance(operation, dict) else ""
    if operator not in {"add", "replace", "remove"}:
        raise ScimError(400, "An operation is add, replace or remove.", "invalidSyntax")
    path, value = operation.get("path"), operation.get("value")
    if isinstance(path, str) and path:
        one = MEMBER_PATH.fullmatch(path)
        if one and operator == "remove":
            yield Change("remove", "members", [{"value": one[1]}])
        else:
            yield Change(operator, _plain(path), value)
    elif operator != "remove" and isinstance(value, dict):
        for name, part in value.items():
            yield Change(operator, _plain(name), part)
    else:
        raise ScimError(400, "The operation names nothing to change.", "noTarget")


def _plain(path: str) -> str:
    return path.removeprefix(f"{USER}:").removeprefix(f"{GROUP}:").lower()


def truth(value: Any) -> bool:
    """Entra ID writes "False"."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ScimError(400, "active is true or false.", "invalidValue")
    return value


def text(value: Any, name: str, *, most: int = 150) -> str:
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        raise ScimError(400, f"{name} is a text of at most {most} characters.", "invalidValue")
    return value.strip()


def member_ids(value: Any) -> list[int]:
    """The ids of `members`: a list of {"value": "12"}."""
    found = []
    for each in value if isinstance(value, list) else [value]:
        named = str(each.get("value", "")) if isinstance(each, dict) else ""
        if not re.fullmatch(r"[0-9]{1,18}", named):
            raise ScimError(400, "A member is given by the id of a user.", "invalidValue")
        found.append(int(named))
    return found


def shown(body: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Without what `attributes` and `excludedAttributes` leave out; what names the resource always stays."""
    always = {"schemas", "id", "meta"}
    only, without = _names(query.get("attributes", "")), _names(query.get("excludedAttributes", ""))
    return {
        name: value
        for name, value in body.items()
        if name in always or (name.lower() not in without and (not only or name.lower() in only))
    }


def _names(listed: str) -> set[str]:
    """Of the attributes themselves: a part of one, such as name.givenName, stands for the whole."""
    plain = (_plain(each.strip()) for each in listed.split(",") if each.strip())
    return {each if each.startswith("urn:") else each.partition(".")[0] for each in plain}


def full_name(body: Mapping[str, Any]) -> str:
    """The person's name, wherever the directory puts it."""
    name = body.get("name") if isinstance(body.get("name"), dict) else {}
    parts = " ".join(str(name.get(part) or "") for part in ("givenName", "familyName")).strip()  # type: ignore[union-attr]
    return text(body.get("displayName") or name.get("formatted") or parts, "displayName")  # type: ignore[union-attr]


def listing(resources: list[dict[str, Any]], *, total: int, start: int) -> dict[str, Any]:
    return {
        "schemas": [f"{MESSAGE}ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def service(base: str) -> dict[str, Any]:
    no = {"supported": False}
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": no | {"maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST_RESULTS},
        "changePassword": no,
        "sort": no,
        "etag": no,
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "API key",
                "description": "An API key of the organization with the scope scim:write.",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def resource_types(base: str) -> list[dict[str, Any]]:
    return [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "schema": schema,
            "schemaExtensions": [{"schema": each, "required": False} for each in extensions],
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{name}"},
        }
        for name, schema, extensions in (("User", USER, [HAND_OVER]), ("Group", GROUP, []))
    ]


def schemas(base: str) -> list[dict[str, Any]]:
    person = [
        _attribute("userName", required=True, mutability="immutable", uniqueness="server"),
        _attribute("displayName"),
        _attribute("externalId"),
        _attribute("active", "boolean"),
        _attribute(
            "name", "complex", parts=[_attribute(n) for n in ("formatted", "givenName", "familyName")]
        ),
        _attribute("emails", "complex", many=True, mutability="readOnly", parts=[_attribute("value")]),
    ]
    group = [
        _attribute("displayName", required=True, uniqueness="server"),
        _attribute("externalId"),
        _attribute("members", "complex", many=True, parts=[_attribute("value"), _attribute("display")]),
    ]
    hand_over = [
        _attribute("since", "dateTime", mutability="readOnly"),
        _attribute("records", many=True, mutability="readOnly"),
    ]
    return [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": schema,
            "name": name,
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema}"},
        }
        for schema, name, attributes in (
            (USER, "User", person),
            (GROUP, "Group", group),
            (HAND_OVER, "HandOver", hand_over),
        )
    ]


def _attribute(
    name: str,
    kind: str = "string",
    *,
    required: bool = False,
    many: bool = False,
    mutability: str = "readWrite",
    uniqueness: str = "none",
    parts: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    described = {
        "name": name,
        "type": kind,
        "multiValued": many,
        "required": required,
        "caseExact": False,
        "mutability": mutability,
        "returned": "default",
        "uniqueness": uniqueness,
    }
    return described | ({"subAttributes": parts} if parts else {})
