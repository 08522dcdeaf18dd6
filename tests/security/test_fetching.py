"""Calls to other servers reach public addresses only, whatever a name, a resolver or a server tries."""

from __future__ import annotations

import ast
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from aims.core import fetching
from aims.core.exceptions import RuleBroken
from aims.core.fetching import FetchFailed, fetch
from tests.security.outside import Answer, Outside, saying, serving

PUBLIC = "93.184.215.14"
DANGEROUS = [
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


def answers(*addresses: str) -> Any:
    """What `getaddrinfo` returns for a name with these addresses."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every connection that is attempted; none is made."""
    attempts: list[tuple[str, int]] = []

    def refuse(address: tuple[str, int], **_: Any) -> socket.socket:
        attempts.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return attempts


def trusting(outside: Outside, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(outside.authority))
    settings.FETCH_ALLOWED_HOSTS = [outside.host]


@pytest.mark.parametrize("address", DANGEROUS)
def test_an_address_that_is_not_public_is_never_dialled(
    address: str, dialled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers(address))

    with pytest.raises(FetchFailed, match="not a public address"):
        fetch("https://innocent.example/")

    assert dialled == []


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_dialled(
    address: str, dialled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers(address))

    with pytest.raises(FetchFailed, match="could not be reached"):
        fetch("https://innocent.example/")

    assert dialled == [(address, 443)]


def test_one_private_address_among_public_ones_refuses_the_whole_name(
    dialled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers(PUBLIC, "127.0.0.1"))

    with pytest.raises(FetchFailed, match="not a public address"):
        fetch("https://mixed.example/")

    assert dialled == []


def test_a_resolver_that_changes_its_answer_is_asked_once_and_the_checked_address_is_dialled(
    dialled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def rebinding(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return answers(PUBLIC if len(asked) == 1 else "127.0.0.1")

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    with pytest.raises(FetchFailed, match="could not be reached"):
        fetch("https://rebinding.example:8443/x")

    assert asked == ["rebinding.example"]
    assert dialled == [(PUBLIC, 8443)]


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "127.1",
        "017700000001",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "[::ffff:7f00:1]",
    ],
)
def test_spellings_of_this_machine_are_seen_through(host: str, dialled: list[Any]) -> None:
    with pytest.raises(FetchFailed):
        fetch(f"https://{host}/")

    assert dialled == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://example.org/", "https"),
        ("file:///etc/passwd", "https"),
        ("gopher://example.org/", "https"),
        ("//example.org/", "https"),
        ("https:///path", "names no server"),
        ("https://user:secret@example.org/", "user name"),
        ("https://example.org@127.0.0.1/", "user name"),
        ("https://example.org:22/", "port"),
        ("https://example.org:6379/", "port"),
        ("https://example.org:99999/", "not an address"),
        ("https://[::1/", "not an address"),
        ("https://①②⑦.⓪.⓪.①/", "characters"),
        ("https://example.org\\@127.0.0.1/", "characters"),
        ("https://example.org/a b", "characters"),
        ("https://example.org/\r\nHost: inside", "characters"),
        ("https://example.org/\x00", "characters"),
    ],
)
def test_an_address_of_another_kind_is_refused_with_a_sentence(
    url: str, sentence: str, dialled: list[Any]
) -> None:
    with pytest.raises(FetchFailed, match=sentence) as refused:
        fetch(url)

    assert isinstance(refused.value, RuleBroken)
    assert refused.value.field == "url"
    assert "secret" not in refused.value.sentence
    assert dialled == []


def test_an_allowed_host_is_called_by_its_name_with_body_and_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with serving(tmp_path, saying("201 Created", b'{"ok": true}', "X-Answer: yes")) as outside:
        trusting(outside, monkeypatch, settings)
        answer = fetch(outside.url("/hook?x=1"), method="POST", headers={"X-Id": "7"}, body=b"hello")

    assert (answer.status, answer.body, answer.headers["x-answer"]) == (201, b'{"ok": true}', "yes")
    head, _, body = outside.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hook?x=1 HTTP/1.1"
    assert {f"Host: {outside.host}", "X-Id: 7", "Content-Length: 5"} <= set(lines)
    assert body == b"hello"
    assert outside.names == ["localhost"]


def test_a_host_is_allowed_on_its_port_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with serving(tmp_path, saying("200 OK", b"inside")) as outside:
        trusting(outside, monkeypatch, settings)
        settings.FETCH_ALLOWED_HOSTS = [f"localhost:{outside.port + 1}"]
        with pytest.raises(FetchFailed):
            fetch(outside.url())

    assert outside.connections == 0


def test_an_allowed_name_never_leads_to_the_metadata_of_the_machine(
    dialled: list[Any], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["idp.intranet.example"]
    for address in (
        "169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "64:ff9b::a9fe:a9fe",
    ):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, a=address, **__: answers(a))
        with pytest.raises(FetchFailed, match="not a public address"):
            fetch("https://idp.intranet.example/")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers("10.1.2.3"))
    with pytest.raises(FetchFailed, match="could not be reached"):
        fetch("https://idp.intranet.example/")

    assert dialled == [("10.1.2.3", 443)]


def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path, settings: Any) -> None:
    with serving(tmp_path, saying("200 OK", b"trust me")) as outside:
        settings.FETCH_ALLOWED_HOSTS = [outside.host]
        with pytest.raises(FetchFailed, match="certificate"):
            fetch(outside.url())

    assert outside.requests == []


def test_a_certificate_for_another_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with serving(tmp_path, saying("200 OK", b"trust me")) as outside:
        trusting(outside, monkeypatch, settings)
        settings.FETCH_ALLOWED_HOSTS = [f"127.0.0.1:{outside.port}"]
        with pytest.raises(FetchFailed, match="certificate"):
            fetch(f"https://127.0.0.1:{outside.port}/")

    assert outside.requests == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (saying("302 Found", b"", "Location: https://169.254.169.254/"), "another address"),
        (saying("200 OK", b"x" * 1001), "larger than 1,000"),
        (saying("200 OK", b"x", "Content-Encoding: gzip"), "compressed"),
        (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "could not be read"),
        (lambda connection: None, "could not be reached"),
    ],
)
def test_an_answer_that_is_not_usable_is_refused(
    answer: Answer, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with serving(tmp_path, answer) as outside:
        trusting(outside, monkeypatch, settings)
        with pytest.raises(FetchFailed, match=sentence):
            fetch(outside.url(), limit=1000)

    assert outside.connections == 1


def dripping_head(connection: ssl.SSLSocket) -> None:
    for _ in range(60):
        connection.sendall(b"H")
        time.sleep(0.1)


def dripping_body(connection: ssl.SSLSocket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    dripping_head(connection)


@pytest.mark.parametrize("answer", [dripping_head, dripping_body])
def test_an_answer_that_drips_ends_at_the_time_limit(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with serving(tmp_path, answer) as outside:
        trusting(outside, monkeypatch, settings)
        began = time.monotonic()
        with pytest.raises(FetchFailed, match=r"within 0\.6 seconds"):
            fetch(outside.url(), seconds=0.6)

        assert time.monotonic() - began < 2


@pytest.mark.parametrize("headers", [{"X-A": "1\r\nHost: inside"}, {"X-A\r\n": "1"}])
def test_a_header_cannot_break_out(
    headers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with serving(tmp_path, saying("200 OK")) as outside:
        trusting(outside, monkeypatch, settings)
        with pytest.raises(FetchFailed, match="cannot be sent"):
            fetch(outside.url(), headers=headers)

    assert b"inside" not in b"".join(outside.requests)


#: Modules with which one can call another machine.
CALLING = {
    "aiohttp", "asyncio", "dns.resolver", "ftplib", "http.client", "httpx", "imaplib", "nntplib", "poplib",
    "requests", "smtplib", "socket", "socketserver", "ssl", "telnetlib", "urllib.request", "urllib3",
    "websockets", "xmlrpc.client",
}  # fmt: skip
#: Who may import them, and why.
MAY_CALL = {
    "aims/core/fetching.py": "the fetcher",
    "aims/core/dns.py": "asks the configured DNS server for TXT records, and connects to nothing they name",
    "aims/launch/run.py": "looks whether a port of this machine is free",
    "audits/bench/chaos/points.py": "the bench asks the web server that it started, on this machine",
    "audits/bench/chaos/post.py": "the bench's own mail server, on this machine",
    "audits/bench/chaos/processes.py": "looks for a free port of this machine",
}


def imported(source: Path) -> set[str]:
    """Every module that a file names in an import, or as a string for importing late."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {node.module or "", *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {
            "__import__",
            "import_module",
            "import_string",
        }:
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return {name for name in found if isinstance(name, str)}


def calls_out(source: Path) -> set[str]:
    names = imported(source)
    return {
        calling
        for calling in CALLING
        if any(name == calling or name.startswith(f"{calling}.") for name in names)
    }


def test_nothing_but_the_fetcher_can_call_another_machine() -> None:
    """Mails and the file store leave through Django's and S3's own backends, which the settings name."""
    roots = ("aims", "inventory", "risk", "controls", "audits")
    sources = [path for root in roots for path in (project.BASE_DIR / root).rglob("*.py")]
    found = {
        str(path.relative_to(project.BASE_DIR)): sorted(calls)
        for path in sources
        if (calls := calls_out(path))
    }

    assert len(sources) > 150
    assert found.keys() == MAY_CALL.keys(), found
    assert calls_out(Path(fetching.__file__)) == {"http.client", "socket", "ssl"}
