"""The one way out: every call to another server goes through `fetch`, which reaches public addresses only.

Safe against addresses that lead into the own network: what a name resolves to is checked, and exactly the
checked address is connected to, so that a second answer of the resolver (DNS rebinding) is never asked for.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from aims.core.exceptions import RuleBroken

PORTS = frozenset({443, 8443})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
SIZE_LIMIT = 2_000_000
SECONDS = 10.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Not public, or wrapped around an address that may not be, although `is_global` lets some of them pass.
TRAPS = tuple(
    ipaddress.ip_network(net)
    for net in (
        "::/96",  # IPv4 in IPv6, long deprecated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
        "192.88.99.0/24",  # 6to4 relays
    )
)
#: Where Amazon's machines ask for their credentials over IPv6; over IPv4 the address is link-local.
METADATA = ipaddress.ip_network("fd00:ec2::/32")


class FetchFailed(RuleBroken):
    """The other server was not called, or gave no usable answer. The sentence is for a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="url", code="fetch")


@dataclass(frozen=True)
class Fetched:
    """What the server answered. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limit: int = SIZE_LIMIT,
    seconds: float = SECONDS,
) -> Fetched:
    """Call a public https address: no redirects, no proxies, bounded in time and size.

    Raises FetchFailed. An answer with an error status is an answer, and is returned.
    """
    deadline = time.monotonic() + seconds
    parts, host, port = _checked(url, method)
    connection = _Pinned(host, port, addresses_of(host, port), deadline)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"User-Agent": "AIMS-portal", **(headers or {}), "Accept-Encoding": "identity"}
    try:
        connection.request(method, target, body=body, headers=sent)
        answer = connection.getresponse()
        content = answer.read(limit + 1)
    except ssl.SSLCertVerificationError as error:
        raise FetchFailed(f"The certificate of {host} is not valid: {error.verify_message}.") from error
    except TimeoutError as error:
        raise FetchFailed(f"{host} did not answer within {seconds:g} seconds.") from error
    except (OSError, http.client.HTTPException) as error:
        raise FetchFailed(f"{host} could not be reached, or its answer could not be read.") from error
    except ValueError as error:  # a header or a method that would break the request apart
        raise FetchFailed("The request holds characters that cannot be sent.") from error
    finally:
        connection.close()
    return _usable(host, answer, content, limit)


def _usable(host: str, answer: http.client.HTTPResponse, content: bytes, limit: int) -> Fetched:
    if 300 <= answer.status < 400:
        raise FetchFailed(f"{host} sends the request on to another address. Give the final address.")
    if len(content) > limit:
        raise FetchFailed(f"The answer of {host} is larger than {limit:,} bytes.")
    named = {name.lower(): value for name, value in answer.getheaders()}
    if named.get("content-encoding", "identity").lower() != "identity":
        raise FetchFailed(f"{host} sends a compressed answer, which was not asked for.")
    return Fetched(status=answer.status, headers=named, body=content)


def _checked(url: str, method: str) -> tuple[SplitResult, str, int]:
    """The parts of an address that may be called at all; says what is wrong with any other."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise FetchFailed("The address holds characters that do not belong there.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or 443
    except ValueError as error:
        raise FetchFailed("This is not an address.") from error
    if parts.scheme != "https":
        raise FetchFailed("The address must start with https://.")
    if not host:
        raise FetchFailed("The address names no server.")
    if "@" in parts.netloc:
        raise FetchFailed("The address may hold no user name and no password.")
    if method not in METHODS:
        raise FetchFailed(f"{method[:20]} is not a way to ask.")
    if port not in PORTS and f"{host}:{port}" not in settings.FETCH_ALLOWED_HOSTS:
        raise FetchFailed("The address names a port that is not called. Use 443 or 8443.")
    return parts, host, port


def addresses_of(host: str, port: int) -> list[str]:
    """What the name resolves to now, asked once; refused whole if any of it is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"The name {host} cannot be found.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    inside = {host, f"{host}:{port}"} & set(settings.FETCH_ALLOWED_HOSTS)
    allowed = is_callable_inside if inside else is_public
    if not addresses or not all(allowed(address) for address in addresses):
        raise FetchFailed(f"{host} is not a public address, so it is not called.")
    return addresses


def is_public(text: str) -> bool:
    """Whether an address belongs to the open internet, whatever it is wrapped in."""
    address = _unwrapped(text)
    return address is not None and address.is_global and not address.is_multicast and not _is_trap(address)


def is_callable_inside(text: str) -> bool:
    """For a host that the operator allows by name: private too, but never a machine's metadata service."""
    address = _unwrapped(text)
    if address is None or address.is_link_local or address in METADATA:
        return False
    return address.is_loopback or is_public(text) or (_is_inside(address) and not _is_trap(address))


def _is_inside(address: Address) -> bool:
    return address.is_private and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _is_trap(address: Address) -> bool:
    return any(address in net for net in TRAPS if net.version == address.version)


def _unwrapped(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


class _Pinned(http.client.HTTPSConnection):
    """Connects to the addresses that were checked; certificate and Host header are those of the name."""

    def __init__(self, host: str, port: int, addresses: list[str], deadline: float) -> None:
        context = ssl.create_default_context()
        context.sslsocket_class = _Timed
        super().__init__(host, port, context=context)
        self._context = context
        self._addresses = addresses
        self._deadline = deadline

    def connect(self) -> None:
        plain = self._reached()
        try:
            plain.settimeout(_remaining(self._deadline))
            secured: Any = self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
        secured.deadline = self._deadline
        self.sock = secured

    def _reached(self) -> socket.socket:
        failure: OSError = OSError("no address")
        for address in self._addresses:
            try:
                return socket.create_connection((address, self.port), timeout=_remaining(self._deadline))
            except OSError as error:
                failure = error
        raise failure


class _Timed(ssl.SSLSocket):
    """Ends at one moment however slowly the bytes drip: a timeout of a socket counts from each byte anew."""

    deadline = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._wait_no_longer()
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._wait_no_longer()
        return super().send(*args, **kwargs)

    def _wait_no_longer(self) -> None:
        if self.deadline:
            self.settimeout(_remaining(self.deadline))


def _remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is up")
    return left
