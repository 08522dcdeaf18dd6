"""A small OpenID Connect provider over real TLS:  python -m tests.identity.oidc_provider DIRECTORY

DIRECTORY holds `server.pem` (certificate and key). The port is printed. What it says next is set by POST to
/say: {"email", "email_verified", "sub", "claims": {…}, "tamper": …}. PyJWT signs,
joserfc verifies.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import secrets
import ssl
import sys
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT_ID, CLIENT_SECRET = "portal", "s3cret:with/signs"


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _part(content: dict[str, Any]) -> str:
    return _text(json.dumps(content).encode())


class Provider:
    """Its keys, what it says about the one person it knows, and the codes it has given out."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.strange_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes: dict[str, dict[str, str]] = {}
        self.says: dict[str, Any] = {}
        self.redeemed = 0

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.says.get("issuer", self.issuer),
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.says.get("answer_iss", self.issuer)}
        if self.says.get("error"):
            answer = {"error": self.says["error"], "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def redeem(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or [unquote(part) for part in pair] != [CLIENT_ID, CLIENT_SECRET]
            or form["redirect_uri"] != asked["redirect_uri"]
            or _text(challenge) != asked["code_challenge"]
            or asked["code_challenge_method"] != "S256"
        ):
            return None
        self.redeemed += 1
        return {"access_token": "unused", "token_type": "Bearer", "id_token": self.identity(asked)}

    def identity(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.says.get("sub", "person-1"),
            "email": self.says.get("email", asked.get("login_hint", "")),
            "email_verified": self.says.get("email_verified", True),
            "name": self.says.get("name", "Nora New"),
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
        }
        claims |= {
            name: now + value if name in {"exp", "iat", "auth_time"} and value is not None else value
            for name, value in self.says.get("claims", {}).items()
        }
        return self._signed({name: value for name, value in claims.items() if value is not None})

    def _signed(self, claims: dict[str, Any]) -> str:
        tamper = self.says.get("tamper")
        if tamper == "none":
            return jwt.encode(claims, "", algorithm="none")
        if tamper == "unsigned":
            return (
                jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"}).rpartition(".")[0] + "."
            )
        if tamper == "other key":
            return jwt.encode(claims, self.strange_key, algorithm="RS256", headers={"kid": "1"})
        if tamper == "shared secret":  # the public key as the secret of an HMAC
            pem = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            text = f"{_part({'alg': 'HS256', 'kid': '1'})}.{_part(claims)}"
            return f"{text}.{_text(hmac.new(pem, text.encode(), hashlib.sha256).digest())}"
        if tamper == "key in header":
            jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self.strange_key.public_key(), as_dict=True)
            return jwt.encode(claims, self.strange_key, algorithm="RS256", headers={"kid": "1", "jwk": jwk})
        if tamper == "changed":
            head, _, tail = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"}).split(".")
            return f"{head}.{_part({**claims, 'email': 'lead@meadow.test'})}.{tail}"
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"})


class Handler(http.server.BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/.well-known/openid-configuration":
            self._json(self.provider.configuration())
        elif parts.path == "/keys":
            self._json(self.provider.keys())
        elif parts.path == "/authorize":
            target = self.provider.authorize({k: v[0] for k, v in parse_qs(parts.query).items()})
            self.send_response(302)
            self.send_header("Location", target)
            self.end_headers()
        else:
            self._json({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/say":
            self.provider.says = json.loads(body)
            self._json({"redeemed": self.provider.redeemed})
        elif self.path == "/token":
            form = {name: values[0] for name, values in parse_qs(body).items()}
            answer = self.provider.redeem(form, self.headers.get("Authorization", ""))
            self._json(answer or {"error": "invalid_grant"}, 200 if answer else 400)
        else:
            self._json({}, 404)

    def _json(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
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
    Handler.provider = Provider(f"https://localhost:{server.server_port}")
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
