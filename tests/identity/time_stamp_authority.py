"""A small time-stamp authority over real TLS:  python -m tests.identity.time_stamp_authority DIRECTORY

DIRECTORY holds `server.pem`; the authority's root is written to `tsa-root.pem` before the port is printed.
What it does wrong from now on is set by POST to /say: {"wrong": …, "status": …}. pyHanko signs.
"""

from __future__ import annotations

import datetime
import http.server
import json
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

POLICY = "1.3.6.1.4.1.4146.2.2"  # the one that DummyTimeStamper names
DAY = datetime.timedelta(days=1)


class Certified:
    """A key and its certificate, by itself or by another."""

    def __init__(
        self,
        name: str,
        by: Certified | None = None,
        *,
        ends: datetime.timedelta = 3000 * DAY,
        usage: Any = ExtendedKeyUsageOID.TIME_STAMPING,
    ) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by.certificate.subject if by else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 400 * DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        )
        if by:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        self.certificate = builder.sign(by.key if by else self.key, hashes.SHA256())

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def stamper(self) -> DummyTimeStamper:
        private = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = asn1_x509.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER))
        return DummyTimeStamper(certificate, keys.PrivateKeyInfo.load(private), [certificate])


class Authority:
    def __init__(self) -> None:
        self.root = Certified("Test Root")
        stranger = Certified("Strange Root")
        self.signers = {
            "": Certified("Test Authority", self.root).stamper(),
            "other certificate": Certified("Test Authority", stranger).stamper(),
            "expired certificate": Certified("Old Authority", self.root, ends=-DAY).stamper(),
            "certificate for servers": Certified(
                "Web Server", self.root, usage=ExtendedKeyUsageOID.SERVER_AUTH
            ).stamper(),
        }
        self.says: dict[str, Any] = {}
        self.asked = 0

    def answer(self, body: bytes) -> bytes:
        request, wrong = tsp.TimeStampReq.load(body), self.says.get("wrong", "")
        self.asked += 1
        if wrong == "refusal":
            status = {"status": "rejection", "status_string": ["No more stamps today"]}
            told = bytes(tsp.PKIStatusInfo(status).dump())
            return bytes([0x30, len(told)]) + told  # a response without a token
        if wrong == "nonce":
            request["nonce"] = 4711
        if wrong == "digest":
            request["message_imprint"]["hashed_message"] = b"\x01" * 32
        signer = self.signers.get(wrong, self.signers[""])
        signer.fixed_dt = datetime.datetime.now(datetime.UTC)
        if wrong == "time":
            signer.fixed_dt -= 30 * DAY
        content = bytes(signer.request_tsa_response(request).dump())
        if wrong == "truncated":
            return content[: len(content) // 2]
        if wrong == "signature":
            return content[:-3] + bytes(3)
        return b"<html>Welcome</html>" if wrong == "no token" else content


class Handler(http.server.BaseHTTPRequestHandler):
    authority: Authority

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/say":
            self.authority.says = json.loads(body)
            return self._send(json.dumps({"asked": self.authority.asked}).encode(), 200, "application/json")
        assert self.headers["Content-Type"] == "application/timestamp-query"
        if self.authority.says.get("slow"):
            time.sleep(self.authority.says["slow"])
        answer = self.authority.answer(body)
        return self._send(answer, self.authority.says.get("status", 200), "application/timestamp-reply")

    def _send(self, body: bytes, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


def main(directory: str) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Handler.authority = Authority()
    Path(directory, "tsa-root.pem").write_bytes(Handler.authority.root.pem())
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
