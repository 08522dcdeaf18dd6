"""Identity providers and a DNS server as processes of their own, and how a test speaks to them."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any
from urllib.parse import urlsplit

import dns.flags
import dns.message
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_certificate(directory: Path) -> None:
    """`server.pem` for localhost, which is its own authority in `ca.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=400))
        .not_valid_after(now + datetime.timedelta(days=400))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "ca.pem").write_bytes(pem)
    (directory / "server.pem").write_bytes(pem + private)


@dataclass
class RunningProvider:
    host: str
    context: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    def say(self, **words: Any) -> dict[str, Any]:
        """What it says from now on."""
        answer: dict[str, Any] = json.loads(self._ask("POST", "/say", json.dumps(words))[1])
        return answer

    def send_on(self, address: str) -> str:
        """Where it sends a browser that comes to this address."""
        parts = urlsplit(address)
        assert parts.netloc == self.host
        location, _ = self._ask("GET", f"{parts.path}?{parts.query}")
        return location

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[str, str]:
        connection = http.client.HTTPSConnection(self.host, context=self.context, timeout=10)
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.headers.get("Location", ""), text


class SamlProvider(RunningProvider):
    """Speaks SAML: what it sends back is a form that the browser posts."""

    @property
    def name(self) -> str:
        return f"urn:test:provider:{self.host.rpartition(':')[2]}"

    def form_of(self, address: str) -> tuple[str, str]:
        """(path of the portal that the form goes to, the answer)"""
        parts = urlsplit(address)
        assert parts.netloc == self.host
        form = json.loads(self._ask("GET", f"{parts.path}?{parts.query}")[1])
        return urlsplit(form["action"]).path, form["SAMLResponse"]


@contextmanager
def provider(module: str, directory: Path) -> Iterator[RunningProvider]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, str(directory)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
        yield RunningProvider(f"localhost:{port}", context)
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


class DnsServer:
    """Answers TXT questions from `records`; a name in `broken` gets SERVFAIL."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
        self.broken: set[str] = set()
        self.socket = socket(AF_INET, SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                packet, who = self.socket.recvfrom(4096)
            except OSError:
                return
            self.socket.sendto(self._answer(dns.message.from_wire(packet)).to_wire(), who)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query)
        name = query.question[0].name.to_text().rstrip(".").lower()
        if name in self.broken:
            answer.set_rcode(2)
        elif name not in self.records:
            answer.set_rcode(3)
        elif self.records[name]:
            texts = [f'"{text}"' for text in self.records[name]]
            answer.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "TXT", *texts))
        answer.flags |= dns.flags.RA
        return answer


@contextmanager
def dns_server() -> Iterator[DnsServer]:
    server = DnsServer()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.socket.close()
