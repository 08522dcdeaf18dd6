"""The one question the portal asks the DNS: the TXT records of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    import dns.resolver

SECONDS = 5.0


class DnsFailed(Exception):
    """No server answered; whether the record is there is not known."""


def txt_records(name: str) -> list[str]:
    """The texts of a name, asked afresh; none when there is no such name or no such record."""
    import dns.exception
    import dns.resolver  # a tenth of a second to load, for what is asked a few times a year

    try:
        answer = _resolver().resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise DnsFailed from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def _resolver() -> dns.resolver.Resolver:
    import dns.resolver

    if not settings.DNS_SERVER:
        return dns.resolver.Resolver()
    address, _, port = settings.DNS_SERVER.partition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [address]
    resolver.port = int(port or 53)
    return resolver
