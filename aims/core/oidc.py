"""OpenID Connect, the portal's side: discovery, the way there, and what must hold of the answer.

Knows no organization and no account: it turns an answer into an Assertion, or raises SignInRefused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from aims.core.assertions import Assertion, SignInRefused
from aims.core.fetching import fetch

#: Signatures only; never `none`, and never a secret that both sides share.
ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
]
KEY_TYPES = {"RSA", "EC", "OKP"}
CLOCK_SKEW = 60
LONGEST_AGE = 10 * 60
WELL_KNOWN = "/.well-known/openid-configuration"
TOKEN_LIMIT = 100_000


@dataclass(frozen=True)
class Client:
    """The portal as the identity provider knows it."""

    issuer: str
    client_id: str
    secret: str
    callback: str


@dataclass(frozen=True)
class Provider:
    """What the identity provider publishes about itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    secret_in_body: bool


@dataclass(frozen=True)
class Attempt:
    """One way to the provider and back: what only this browser's session knows."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Attempt:
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def discover(issuer: str) -> Provider:
    found = _json_of(fetch(issuer.rstrip("/") + WELL_KNOWN))
    if found.get("issuer") != issuer:
        raise SignInRefused("The identity provider calls itself by another name than the issuer given here.")
    addresses = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        addresses[name] = str(found.get(name, ""))
        if urlsplit(addresses[name]).scheme != "https":
            raise SignInRefused(f"The identity provider publishes no usable {name}.")
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Provider(issuer, **addresses, secret_in_body="client_secret_basic" not in methods)


def way_there(
    client: Client, provider: Provider, attempt: Attempt, *, email: str, again: bool = False
) -> str:
    """`again`: the provider has to ask for a proof now, whoever is signed in there."""
    challenge = hashlib.sha256(attempt.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.callback,
        "scope": "openid email profile",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if email:
        asked["login_hint"] = email
    if again:
        asked |= {"prompt": "login", "max_age": "0"}
    joint = "&" if urlsplit(provider.authorization_endpoint).query else "?"
    return f"{provider.authorization_endpoint}{joint}{urlencode(asked)}"


def assertion_of(
    client: Client, provider: Provider, attempt: Attempt, answer: Mapping[str, str]
) -> Assertion:
    """From the answer in the address of the callback to what the provider says about the person."""
    if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
        raise SignInRefused("This answer belongs to another attempt to sign in.")
    if answer.get("iss", client.issuer) != client.issuer:
        raise SignInRefused("The answer comes from another identity provider.")
    if "error" in answer or not answer.get("code"):
        raise SignInRefused("The identity provider did not sign you in.")
    token = _exchange(client, provider, attempt, answer["code"])
    claims = verified_claims(token, _keys_of(provider))
    check_claims(claims, client=client, nonce=attempt.nonce, now=time.time())
    return _assertion(claims)


def _exchange(client: Client, provider: Provider, attempt: Attempt, code: str) -> str:
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.callback,
        "code_verifier": attempt.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if provider.secret_in_body:
        body |= {"client_id": client.client_id, "client_secret": client.secret}
    else:
        pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    answer = _json_of(
        fetch(provider.token_endpoint, method="POST", headers=headers, body=urlencode(body).encode())
    )
    token = answer.get("id_token")
    if not isinstance(token, str) or len(token) > TOKEN_LIMIT:
        raise SignInRefused("The identity provider sent no identity.")
    return token


def _keys_of(provider: Provider) -> list[dict[str, Any]]:
    keys = _json_of(fetch(provider.jwks_uri)).get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def verified_claims(token: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    """The claims of a token that one of the provider's published keys signed."""
    try:
        header = jws.extract_compact(token.encode()).headers()
        candidates = [_key(key) for key in keys if _fits(key, header)]
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignInRefused("The identity is not signed by the identity provider.") from error
    for key in candidates:
        try:
            payload = jws.deserialize_compact(token, key, algorithms=ALGORITHMS).payload
            claims = json.loads(payload)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(claims, dict):
            return claims
    raise SignInRefused("The identity is not signed by the identity provider.")


def _fits(key: Mapping[str, Any], header: Mapping[str, Any]) -> bool:
    named = header.get("kid")
    return (
        key.get("kty") in KEY_TYPES
        and key.get("use", "sig") == "sig"
        and (named is None or key.get("kid") == named)
        and key.get("alg", header.get("alg")) == header.get("alg")
    )


def _key(key: dict[str, Any]) -> Key:
    return JWKRegistry.import_key(key)


def check_claims(claims: Mapping[str, Any], *, client: Client, nonce: str, now: float) -> None:
    """OpenID Connect Core 3.1.3.7, and no claim taken for granted."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    expires, issued = claims.get("exp"), claims.get("iat")
    if claims.get("iss") != client.issuer:
        raise SignInRefused("The identity was issued by another identity provider.")
    if client.client_id not in audiences or claims.get("azp", client.client_id) != client.client_id:
        raise SignInRefused("The identity was issued for another application.")
    if len(audiences) > 1 and "azp" not in claims:
        raise SignInRefused("The identity was issued for another application.")
    if not isinstance(expires, int | float) or not isinstance(issued, int | float):
        raise SignInRefused("The identity names no time.")
    if expires + CLOCK_SKEW <= now or not now - LONGEST_AGE <= issued <= now + CLOCK_SKEW:
        raise SignInRefused("The identity has expired. Sign in again.")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignInRefused("This answer belongs to another attempt to sign in.")


def _assertion(claims: Mapping[str, Any]) -> Assertion:
    subject, email = claims.get("sub"), claims.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not isinstance(email, str):
        raise SignInRefused("The identity provider names no person with an e-mail address.")
    # Entra ID says the same in a claim of its own.
    if not any(claims.get(name) in (True, "true", 1) for name in ("email_verified", "xms_edov")):
        raise SignInRefused("The identity provider has not verified your e-mail address.")
    name, proved_at = claims.get("name"), claims.get("auth_time")
    return Assertion(
        subject,
        email,
        name if isinstance(name, str) else "",
        float(proved_at) if isinstance(proved_at, int | float) else None,
    )


def _json_of(answer: Any) -> dict[str, Any]:
    try:
        found = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SignInRefused("The identity provider gave an answer that cannot be used.")
    return found
