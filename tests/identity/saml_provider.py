"""A small SAML 2.0 provider over real TLS:  python -m tests.identity.saml_provider DIRECTORY

DIRECTORY holds `server.pem`. The port is printed. What it says next is set by POST to /say, which answers
with its certificates. libxmlsec1 signs, signxml verifies.
"""

from __future__ import annotations

import base64
import datetime
import http.server
import json
import secrets
import ssl
import sys
import zlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

P, A = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
NAMES = {"p": P, "a": A, "ds": DS}
#: One line when sent: white space would be signed too.
ANSWER = """
<samlp:Response xmlns:samlp="{P}" xmlns:saml="{A}" ID="{response_id}" Version="2.0" IssueInstant="{now}"
 Destination="{destination}" InResponseTo="{answers}">
<saml:Issuer>{response_issuer}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>
<saml:Assertion ID="{assertion_id}" Version="2.0" IssueInstant="{issued}">
<saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject><saml:NameID Format="{format}">{name_id}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:{method}">
<saml:SubjectConfirmationData {answering} Recipient="{recipient}"
 NotOnOrAfter="{confirmed_until}" {confirmed_from}/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{not_before}" NotOnOrAfter="{until}">{audience}{condition}</saml:Conditions>
{authentication}<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>
""".replace("\n", "")


class Signer:
    """A key and its certificate."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Identity provider")])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=400))
            .sign(key, hashes.SHA256())
        )
        self.certificate = made.public_bytes(serialization.Encoding.PEM).decode()
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(
        self, element: Any, *, method: str = "RSA_SHA256", digest: str = "SHA256", uri: str | None = None
    ) -> None:
        """An enveloped signature right after the issuer, as the standard wants it."""
        template = xmlsec.template.create(
            element, xmlsec.Transform.EXCL_C14N, getattr(xmlsec.Transform, method), ns="ds"
        )
        element.insert(1, template)
        target = f"#{element.get('ID')}" if uri is None else uri
        reference = xmlsec.template.add_reference(template, getattr(xmlsec.Transform, digest), uri=target)
        xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
        xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
        xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(template))
        xmlsec.tree.add_ids(element.getroottree().getroot(), ["ID"])
        context = xmlsec.SignatureContext()
        if method.startswith("HMAC"):  # the certificate, which everybody knows, as the secret
            context.key = xmlsec.Key.from_binary_data(xmlsec.KeyData.HMAC, self.certificate.encode())
        else:
            context.key = xmlsec.Key.from_memory(self.key, xmlsec.KeyFormat.PEM)
            context.key.load_cert_from_memory(self.certificate.encode(), xmlsec.KeyFormat.PEM)
        context.sign(template)


class Provider:
    """Its keys and what it says about the one person it knows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.signers = {"first": Signer(), "second": Signer(), "strange": Signer()}
        self.says: dict[str, Any] = {}

    def answer(self, packed: str) -> dict[str, str]:
        request = etree.fromstring(zlib.decompress(base64.b64decode(packed), -15))
        asked = {
            "answers": request.get("ID"),
            "answer_to": request.get("AssertionConsumerServiceURL"),
            "asker": request.findtext("a:Issuer", namespaces=NAMES),
        }
        root = etree.fromstring(self._text(asked))
        text = self._tampered(root)
        return {"action": asked["answer_to"], "SAMLResponse": base64.b64encode(text).decode()}

    def _text(self, asked: dict[str, Any]) -> str:
        says = self.says
        email = says.get("email", "nora@meadow.test")
        emails = says.get("emails", [email])
        names = {"email": emails, "displayName": [says.get("name", "Nora New")]}
        values = {
            "P": P,
            "A": A,
            "response_id": f"_{secrets.token_hex(16)}",
            "assertion_id": f"_{secrets.token_hex(16)}",
            "now": at(0),
            "issued": at(says.get("issued", 0)),
            "destination": says.get("destination", asked["answer_to"]),
            "answers": asked["answers"],
            "answering": f'InResponseTo="{says.get("answering", asked["answers"])}"',
            "response_issuer": says.get("response_issuer", self.name),
            "issuer": says.get("issuer", self.name),
            "status": says.get("status", "Success"),
            "format": says.get("format", PERSISTENT),
            "name_id": says.get("name_id", "person-1"),
            "method": says.get("method", "bearer"),
            "recipient": says.get("recipient", asked["answer_to"]),
            "confirmed_until": at(says.get("confirmed_until", 300)),
            "confirmed_from": f'NotBefore="{at(-10)}"' if says.get("confirmed_from") else "",
            "not_before": at(says.get("not_before", -30)),
            "until": at(says.get("until", 300)),
            "audience": "".join(
                f"<saml:AudienceRestriction><saml:Audience>{each}</saml:Audience></saml:AudienceRestriction>"
                for each in says.get("audiences", [asked["asker"]])
            ),
            "condition": says.get("condition", ""),
            "authentication": f'<saml:AuthnStatement AuthnInstant="{at(says.get("proved", 0))}" '
            f'SessionNotOnOrAfter="{at(says.get("session_until", 3600))}"/>',
            "attributes": "".join(attribute(name, found) for name, found in names.items()),
        }
        if says.get("unsolicited"):
            values["answering"] = ""
        if says.get("no_statement"):
            values["authentication"] = ""
        return ANSWER.format(**values)

    def _tampered(self, root: Any) -> bytes:
        how = self.says.get("tamper", "")
        signer = self.signers[self.says.get("signer", "first")]
        assertion = root.find("a:Assertion", NAMES)
        if how == "response only":
            signer.sign(root)
        elif how == "reference to everything":
            signer.sign(assertion, uri="")
        elif how not in {"unsigned", "sha1", "sha1 digest", "hmac"}:
            signer.sign(assertion)
        methods = {
            "sha1": {"method": "RSA_SHA1"},
            "sha1 digest": {"digest": "SHA1"},
            "hmac": {"method": "HMAC_SHA256"},
        }
        if how in methods:
            signer.sign(assertion, **methods[how])
        if how == "also the response":
            signer.sign(root)
        return WAYS.get(how, plainly)(root, assertion)


def at(seconds: float) -> str:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def attribute(name: str, values: list[str]) -> str:
    held = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    return f'<saml:Attribute Name="{name}">{held}</saml:Attribute>'


def plainly(root: Any, assertion: Any) -> bytes:
    return etree.tostring(root)


def copy_of(element: Any) -> Any:
    return etree.fromstring(etree.tostring(element))


def forged(assertion: Any, identifier: str = "_forged") -> Any:
    """The same about somebody else, without a signature."""
    made = copy_of(assertion)
    for signature in made.findall("ds:Signature", NAMES):
        made.remove(signature)
    made.set("ID", identifier)
    made.find(".//a:AttributeValue", NAMES).text = "lead@meadow.test"
    return made


def beside(root: Any, assertion: Any) -> bytes:
    """Signature wrapping: a forged assertion first, the signed one after it."""
    root.insert(list(root).index(assertion), forged(assertion))
    return etree.tostring(root)


def inside_signature(root: Any, assertion: Any) -> bytes:
    """Wrapping: a forged assertion takes the signature along, with the signed one in its Object."""
    false, signature = forged(assertion), copy_of(assertion.find("ds:Signature", NAMES))
    holder = etree.SubElement(signature, f"{{{DS}}}Object")
    original = copy_of(assertion)
    original.remove(original.find("ds:Signature", NAMES))
    holder.append(original)
    false.insert(1, signature)
    root.replace(assertion, false)
    return etree.tostring(root)


def in_extensions(root: Any, assertion: Any) -> bytes:
    """Wrapping: the signed assertion moves aside, a forged one with its signature takes the place."""
    false = forged(assertion)
    false.insert(1, copy_of(assertion.find("ds:Signature", NAMES)))
    aside = etree.Element(f"{{{P}}}Extensions")
    root.replace(assertion, false)
    aside.append(assertion)
    root.insert(1, aside)
    return etree.tostring(root)


def with_same_id(root: Any, assertion: Any) -> bytes:
    """Wrapping by an id that stands twice, on something that is no assertion."""
    aside = etree.SubElement(root, f"{{{P}}}Extensions")
    aside.set("ID", assertion.get("ID"))
    return etree.tostring(root)


def changed(root: Any, assertion: Any) -> bytes:
    assertion.find(".//a:AttributeValue", NAMES).text = "lead@meadow.test"
    return etree.tostring(root)


def other_subject(root: Any, assertion: Any) -> bytes:
    assertion.find(".//a:NameID", NAMES).text = "person-2"
    return etree.tostring(root)


def commented(root: Any, assertion: Any) -> bytes:
    """A comment does not break the signature: exclusive canonicalization leaves it out."""
    name = assertion.find(".//a:NameID", NAMES)
    comment = etree.Comment("x")
    comment.tail = name.text[3:]
    name.text = name.text[:3]
    name.append(comment)
    return etree.tostring(root)


def instructed(root: Any, assertion: Any) -> bytes:
    assertion.append(etree.ProcessingInstruction("x", "y"))
    return etree.tostring(root)


def with_entity(root: Any, assertion: Any) -> bytes:
    text = etree.tostring(root).decode().replace("nora@meadow.test", "&who;", 1)
    return f'<!DOCTYPE r [<!ENTITY who "nora@meadow.test">]>{text}'.encode()


def with_file(root: Any, assertion: Any) -> bytes:
    text = etree.tostring(root).decode().replace("Nora New", "&who;", 1)
    return f'<!DOCTYPE r [<!ENTITY who SYSTEM "file:///etc/hostname">]>{text}'.encode()


def in_utf16(root: Any, assertion: Any) -> bytes:
    text = etree.tostring(root).decode()
    return f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")


def truncated(root: Any, assertion: Any) -> bytes:
    return etree.tostring(root)[:-400]


def without_value(root: Any, assertion: Any) -> bytes:
    assertion.find("ds:Signature/ds:SignatureValue", NAMES).text = ""
    return etree.tostring(root)


def twice(root: Any, assertion: Any) -> bytes:
    signature = assertion.find("ds:Signature", NAMES)
    assertion.insert(1, copy_of(signature))
    return etree.tostring(root)


def encrypted(root: Any, assertion: Any) -> bytes:
    root.replace(assertion, etree.Element(f"{{{A}}}EncryptedAssertion"))
    return etree.tostring(root)


def no_response(root: Any, assertion: Any) -> bytes:
    return etree.tostring(assertion)


WAYS = {
    "beside": beside,
    "inside signature": inside_signature,
    "in extensions": in_extensions,
    "same id": with_same_id,
    "changed": changed,
    "other subject": other_subject,
    "comment": commented,
    "instruction": instructed,
    "entity": with_entity,
    "file": with_file,
    "utf-16": in_utf16,
    "truncated": truncated,
    "no value": without_value,
    "two signatures": twice,
    "encrypted": encrypted,
    "assertion alone": no_response,
}


class Handler(http.server.BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        self._json(self.provider.answer(asked["SAMLRequest"][0]))

    def do_POST(self) -> None:
        self.provider.says = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._json({name: signer.certificate for name, signer in self.provider.signers.items()})

    def _json(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


def main(directory: str) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Handler.provider = Provider(f"urn:test:provider:{server.server_port}")
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
