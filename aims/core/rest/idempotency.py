"""Idempotency-Key: a program that did not hear the answer may ask again, and the act is done once.

The answer is kept in the transaction of the act, so that one never exists without the other. A refused
request did nothing: it is not kept, and may be sent again with the same name.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import exceptions

from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import KeptAnswer
from aims.core.rest.render import FastJSONRenderer

HEADER = "Idempotency-Key"
LONGEST = 200
CHUNK = 1 << 20


class Repeatable:
    """One POST of a key under a name that the program chose."""

    def __init__(self, *, key_id: int, route: str, name: str, request_hash: str) -> None:
        self.where = {"key_id": key_id, "route": route, "name": name}
        self.request_hash = request_hash

    def earlier_answer(self) -> HttpResponse | None:
        """What was answered before. Raises when the first request still runs, or was another one."""
        self._lock()
        kept = KeptAnswer.objects.filter(**self.where).first()
        if kept is None:
            return None
        if kept.request_hash != self.request_hash:
            raise RuleBroken(
                f"This {HEADER} was used for another request. Choose a new one for each act.",
                code="idempotency",
            )
        answer = HttpResponse(bytes(kept.body), status=kept.status, content_type="application/json")
        answer.headers["Idempotency-Replayed"] = "true"
        return answer

    def keep(self, response: Any, organization_id: int) -> None:
        KeptAnswer.objects.create(
            organization_id=organization_id,
            **self.where,
            request_hash=self.request_hash,
            status=response.status_code,
            body=FastJSONRenderer().render(response.data),
            created_at=timezone.now(),
        )

    def _lock(self) -> None:
        """Until the end of the transaction. Nobody waits: a second request at the same time is told so."""
        mark = hashlib.sha256(json.dumps(self.where, sort_keys=True).encode()).digest()[:8]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(mark, "big", signed=True)])
            if not cursor.fetchone()[0]:
                raise StaleState("The same request is being done at this moment. Ask again shortly.")


def repeatable(request: Any) -> Repeatable | None:
    """For a request whose body has been read. None without the header."""
    name = request.headers.get(HEADER, "").strip().strip('"')
    if request.method != "POST" or HEADER not in request.headers:
        return None
    if not (name.isascii() and name.isprintable() and 0 < len(name) <= LONGEST):
        raise exceptions.ParseError(f"An {HEADER} is 1 to {LONGEST} plain characters.")
    if request.auth.key_id is None:
        raise exceptions.ParseError(f"An {HEADER} belongs to requests with an API key.")
    sent = _hash(request.data, sorted(request.query_params.lists()))
    return Repeatable(key_id=request.auth.key_id, route=request.path[:300], name=name, request_hash=sent)


def _hash(data: Any, asked: list[Any]) -> str:
    """Of what was sent, in whatever order or encoding: files count by their bytes. `asked` is the query."""
    digest = hashlib.sha256(json.dumps(asked).encode(errors="surrogatepass") if asked else b"")
    if not hasattr(data, "lists"):
        digest.update(json.dumps(data, sort_keys=True, default=str).encode(errors="surrogatepass"))
        return digest.hexdigest()
    for name, values in sorted(data.lists()):
        for value in values:
            digest.update(f"{name}={len(name)}:".encode(errors="surrogatepass"))
            digest.update(_file_hash(value) if hasattr(value, "chunks") else str(value).encode())
    return digest.hexdigest()


def _file_hash(file: Any) -> bytes:
    digest = hashlib.sha256(file.name.encode(errors="surrogatepass"))
    for chunk in file.chunks(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.digest()
