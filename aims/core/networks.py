"""Addresses of clients, and the networks that a key or the operators' site may be used from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from aims.core.exceptions import RuleBroken

MOST_NETWORKS = 50


def client_address(request: Any) -> str:
    """The client as the limits of sign-in and the list of sessions see it; the word of a trusted proxy."""
    try:
        found = get_client_ip(request)
        return str(ipaddress.ip_address(found)) if found else ""
    except (ValueError, ImproperlyConfigured):
        return ""


def network_of(address: str) -> str:
    """Where a client is, without saying which machine it is: /24 of IPv4, /48 of IPv6."""
    if not address:
        return ""
    known = _unmapped(address)
    return str(ipaddress.ip_network((known, 24 if known.version == 4 else 48), strict=False))


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether the address is in one of the networks; without any network every address is."""
    listed = [ipaddress.ip_network(net) for net in networks]
    if not listed:
        return True
    if not address:
        return False
    known = _unmapped(address)
    return any(known in net for net in listed if net.version == known.version)


def is_near_operators(request: Any) -> bool:
    """Whether the request comes from a network that the installation names for its operators."""
    return is_within(client_address(request), settings.OPERATORS_NETWORKS)


def clean_networks(texts: Iterable[str]) -> list[str]:
    """Addresses and networks as they are stored: 192.0.2.7 is 192.0.2.7/32. Refuses what is neither."""
    cleaned: dict[str, None] = {}
    for text in texts:
        try:
            net = ipaddress.ip_network(text.strip())
        except ValueError as error:
            raise RuleBroken(f"“{text.strip()[:60]}” is {_fault(text)}.", field="networks") from error
        if isinstance(net, ipaddress.IPv6Network) and net.subnet_of(ipaddress.IPv6Network("::ffff:0:0/96")):
            raise RuleBroken(f"Write “{text.strip()}” as an IPv4 address.", field="networks")
        cleaned[str(net)] = None
    if len(cleaned) > MOST_NETWORKS:
        raise RuleBroken(f"At most {MOST_NETWORKS} networks can be listed.", field="networks")
    return list(cleaned)


def _fault(text: str) -> str:
    try:
        net = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return "neither an address nor a network such as 192.0.2.0/24 or 2001:db8::/32"
    return f"not the beginning of a network; did you mean {net}"


def _unmapped(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        return known.ipv4_mapped
    return known
