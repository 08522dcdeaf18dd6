"""SAML 2.0, the portal's side: the way there, and what must hold of the answer.

Knows no organization and no account. Nothing is believed but what the provider's certificate has signed:
signxml gives back exactly those bytes, and only they are read.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import re
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier
from signxml.exceptions import SignXMLException

from aims.core.assertions import Assertion, SignInRefused

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
#: What the large providers call the address and the name.
EMAILS = ("email", "mail", "emailAddress", "urn:oid:0.9.2342.19200300.100.1.3", f"{CLAIMS}/emailaddress")
NAMES = (
    "displayName",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "name",
)
CONFIGURATION = SignatureConfiguration(
    location=f"./{{{ASSERTION}}}Assertion/",
    signature_methods=frozenset(
        SignatureMethod[f"{kind}{size}{tail}"]
        for kind, tail in (("RSA_SHA", ""), ("ECDSA_SHA", ""), ("SHA", "_RSA_MGF1"))
        for size in (256, 384, 512)
    ),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}),
)
#: What signxml and what it calls may raise over a document that somebody made up.
BROKEN = (
    SignXMLException,
    etree.LxmlError,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    AssertionError,
    NotImplementedError,
)
LONGEST_TEXT = 300_000
LONGEST_AGE = datetime.timedelta(minutes=10)
CLOCK_SKEW = datetime.timedelta(seconds=60)
DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
UNREADABLE = "The identity provider's answer cannot be read."
NOT_SIGNED = "The identity is not signed by the identity provider of this organization."
EXPIRED = "The identity has expired. Sign in again."


@dataclass(frozen=True)
class Party:
    """The provider as the organization registered it, and the portal as the provider knows it."""

    issuer: str
    sign_in_url: str
    certificates: tuple[str, ...]
    own_name: str
    answer_to: str


@dataclass(frozen=True)
class Unverified:
    """An answer that is well-formed; who is named in it has proved nothing."""

    root: Any
    issuer: str


@dataclass(frozen=True)
class Answer:
    """An assertion that holds, and what makes sure that it is used once, by the browser that asked."""

    assertion: Assertion
    identifier: str
    answers: str
    usable_until: datetime.datetime


def new_request_id() -> str:
    return f"_{secrets.token_hex(20)}"


def way_there(party: Party, request_id: str, *, now: datetime.datetime, again: bool = False) -> str:
    """By the redirect binding: the request is packed into the address.

    `again`: the provider has to ask for a proof now, whoever is signed in there.
    """
    request = etree.Element(_protocol("AuthnRequest"), nsmap={"samlp": PROTOCOL, "saml": ASSERTION})
    for name, value in {
        "ID": request_id,
        "Version": "2.0",
        "IssueInstant": now.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Destination": party.sign_in_url,
        "AssertionConsumerServiceURL": party.answer_to,
        "ProtocolBinding": POST_BINDING,
    }.items():
        request.set(name, value)
    if again:
        request.set("ForceAuthn", "true")
    etree.SubElement(request, _assertion("Issuer")).text = party.own_name
    etree.SubElement(request, _protocol("NameIDPolicy")).set("AllowCreate", "true")
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(etree.tostring(request)) + packer.flush()
    joint = "&" if urlsplit(party.sign_in_url).query else "?"
    return f"{party.sign_in_url}{joint}{urlencode({'SAMLRequest': base64.b64encode(packed).decode()})}"


def read(text: str) -> Unverified:
    """One response with one assertion that carries one signature; nothing that could be two things."""
    root = _parsed(text)
    if root.tag != _protocol("Response") or root.get("Version") != "2.0":
        raise SignInRefused(UNREADABLE)
    status = root.find(f"{_protocol('Status')}/{_protocol('StatusCode')}")
    if status is None or status.get("Value") != SUCCESS:
        raise SignInRefused("The identity provider did not sign you in.")
    if next(root.iter(_assertion("EncryptedAssertion")), None) is not None:
        raise SignInRefused(
            "The identity is encrypted. Your provider has to send it signed and not encrypted."
        )
    assertions = list(root.iter(_assertion("Assertion")))
    if len(assertions) != 1 or assertions[0].getparent() is not root:
        raise SignInRefused(UNREADABLE)
    signatures = list(root.iter(f"{{{SIGNATURE}}}Signature"))
    if [each.getparent() for each in signatures].count(assertions[0]) != 1:
        raise SignInRefused(NOT_SIGNED)
    if any(each.getparent() not in (root, assertions[0]) for each in signatures) or _repeats_an_id(root):
        raise SignInRefused(UNREADABLE)
    return Unverified(root, _text(assertions[0].find(_assertion("Issuer"))))


def verified(unverified: Unverified, party: Party, *, now: datetime.datetime) -> Answer:
    root = unverified.root
    if root.get("Destination", party.answer_to) != party.answer_to:
        raise SignInRefused("The identity was sent to another application.")
    signed = _signed(root, party.certificates)
    issuers = {
        _text(each) for each in (*signed.findall(_assertion("Issuer")), *root.findall(_assertion("Issuer")))
    }
    if issuers != {party.issuer}:
        raise SignInRefused("The identity was issued by another identity provider.")
    if not now - LONGEST_AGE <= _moment(signed.get("IssueInstant")) <= now + CLOCK_SKEW:
        raise SignInRefused(EXPIRED)
    until = _check_conditions(signed, party, now)
    confirmation = _confirmation(signed, party, now)
    proved_at = _check_session(signed, now)
    return Answer(
        replace(_person(signed), proved_at=proved_at),
        identifier=signed.get("ID"),
        answers=confirmation.get("InResponseTo"),
        usable_until=max(until, _moment(confirmation.get("NotOnOrAfter"))) + CLOCK_SKEW,
    )


def _parsed(text: str) -> Any:
    """UTF-8 without comments, instructions, declarations or entities: one meaning to every reader."""
    if len(text) > LONGEST_TEXT:
        raise SignInRefused(UNREADABLE)
    try:
        plain = DECLARATION.sub("", base64.b64decode("".join(text.split()), validate=True).decode(), count=1)
        if "<!" in plain or "<?" in plain or "\0" in plain:
            raise SignInRefused(
                "The identity provider's answer holds comments or declarations, which are refused."
            )
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        return etree.fromstring(plain.encode(), parser)
    except (binascii.Error, ValueError, etree.LxmlError):
        raise SignInRefused(UNREADABLE) from None


def _repeats_an_id(root: Any) -> bool:
    found = [
        value
        for each in root.iter()
        for name, value in each.attrib.items()
        if etree.QName(name).localname.lower() == "id"
    ]
    return len(found) != len(set(found))


def _signed(root: Any, certificates: tuple[str, ...]) -> Any:
    """The assertion as one of the certificates signed it, and nothing else of the document."""
    for certificate in certificates:
        try:
            result: Any = XMLVerifier().verify(
                root, x509_cert=certificate, id_attribute="ID", expect_config=CONFIGURATION
            )
        except BROKEN:
            continue
        named = root.find(_assertion("Assertion")).get("ID")
        found = result.signed_xml
        if found is not None and found.tag == _assertion("Assertion") and named and found.get("ID") == named:
            return found
    raise SignInRefused(NOT_SIGNED)


def _check_conditions(signed: Any, party: Party, now: datetime.datetime) -> datetime.datetime:
    """When the assertion stops being usable."""
    conditions = signed.findall(_assertion("Conditions"))
    if len(conditions) != 1 or not conditions[0].get("NotOnOrAfter"):
        raise SignInRefused("The identity names no time.")
    [found] = conditions
    until = _moment(found.get("NotOnOrAfter"))
    if until + CLOCK_SKEW <= now or (
        found.get("NotBefore") and _moment(found.get("NotBefore")) > now + CLOCK_SKEW
    ):
        raise SignInRefused(EXPIRED)
    known = {_assertion(name) for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")}
    restrictions = found.findall(_assertion("AudienceRestriction"))
    audiences = [{_text(each) for each in one.findall(_assertion("Audience"))} for one in restrictions]
    if not audiences or not all(party.own_name in one for one in audiences):
        raise SignInRefused("The identity was issued for another application.")
    if any(each.tag not in known for each in found):
        raise SignInRefused("The identity sets a condition that is not known here.")
    return until


def _confirmation(signed: Any, party: Party, now: datetime.datetime) -> Any:
    """The bearer's: for this address, in answer to a request, and still in time."""
    path = f"{_assertion('Subject')}/{_assertion('SubjectConfirmation')}"
    for each in signed.findall(path):
        data = each.find(_assertion("SubjectConfirmationData"))
        if each.get("Method") != BEARER or data is None or data.get("Recipient") != party.answer_to:
            continue
        if data.get("NotBefore") or not data.get("InResponseTo"):
            continue
        if data.get("NotOnOrAfter") and _moment(data.get("NotOnOrAfter")) + CLOCK_SKEW > now:
            return data
        raise SignInRefused(EXPIRED)
    raise SignInRefused("The identity does not answer a request of this portal. Start from its sign-in page.")


def _check_session(signed: Any, now: datetime.datetime) -> float:
    """When the person proved to the provider who they are."""
    statements = signed.findall(_assertion("AuthnStatement"))
    if not statements:
        raise SignInRefused("The identity provider does not say that you signed in.")
    ends = (each.get("SessionNotOnOrAfter") for each in statements)
    if any(end and _moment(end) <= now for end in ends):
        raise SignInRefused(EXPIRED)
    return min(_moment(each.get("AuthnInstant")) for each in statements).timestamp()


def _person(signed: Any) -> Assertion:
    names = signed.findall(f"{_assertion('Subject')}/{_assertion('NameID')}")
    if len(names) != 1 or not 0 < len(_text(names[0])) <= 255:
        raise SignInRefused("The identity provider names no person with an e-mail address.")
    [name] = names
    if name.get("Format") == TRANSIENT:
        raise SignInRefused(
            "The identity provider names you anew each time. It has to send a lasting NameID."
        )
    emails = {email.lower() for email in _attribute(signed, EMAILS)}
    if not emails and name.get("Format") == EMAIL_FORMAT:
        emails = {_text(name).lower()}
    if len(emails) != 1:
        raise SignInRefused("The identity provider names no person with an e-mail address.")
    return Assertion(_text(name), emails.pop(), next(_attribute(signed, NAMES), ""))


def _attribute(signed: Any, wanted: tuple[str, ...]) -> Iterator[str]:
    """The values of the first of these attributes that is there."""
    path = f"{_assertion('AttributeStatement')}/{_assertion('Attribute')}"
    for name in wanted:
        found = [each for each in signed.findall(path) if each.get("Name") == name]
        values = [_text(value) for each in found for value in each.findall(_assertion("AttributeValue"))]
        if any(values):
            yield from (value for value in values if value)
            return


def _text(element: Any) -> str:
    """Of an element that holds text and nothing else."""
    if element is None or len(element):
        return ""
    return (element.text or "").strip()


def _moment(text: str | None) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        raise SignInRefused("The identity names no time.") from None
    if found.tzinfo is None or not 1970 < found.year < 9000:
        raise SignInRefused("The identity names no time.")
    return found


def _protocol(name: str) -> str:
    return f"{{{PROTOCOL}}}{name}"


def _assertion(name: str) -> str:
    return f"{{{ASSERTION}}}{name}"
