"""Asks an MLflow server by its REST API (2.0) what its model registry holds. Knows no table.

What comes back is one document: the registered models, the versions that were asked for, and the run that
made each of them. It is kept as the file of an import and read in the limited process like any other file.
"""

from __future__ import annotations

import base64
import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from aims.core.fetching import Fetched, FetchFailed, fetch
from aims.core.numbers import whole_number
from inventory.imports.formats import ImportRefused
from inventory.imports.node import load_json
from inventory.rules.model_registry import API_PATH

PAGE = 100
MOST_PAGES = 500
MOST_VERSIONS = 2_000
MOST_BYTES = 20_000_000
LONGEST_SECONDS = 15 * 60
SECONDS_A_CALL = 10.0
STAGES_IN_USE = frozenset({"Production", "Staging"})
Tell = Callable[[int, str], None]


@dataclass(frozen=True)
class Access:
    """Where the server is and how it is entered: by name and password, or by a token alone."""

    address: str
    user_name: str = ""
    token: str = field(default="", repr=False)
    all_versions: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def headers(self) -> dict[str, str]:
        accept = {"Accept": "application/json"}
        if self.user_name:
            pair = base64.b64encode(f"{self.user_name}:{self.token}".encode()).decode()
            return {**accept, "Authorization": f"Basic {pair}"}
        return {**accept, "Authorization": f"Bearer {self.token}"} if self.token else accept


def read_registry(access: Access, *, now: datetime.datetime, tell: Tell) -> dict[str, Any]:
    """The document. Raises FetchFailed with a sentence when the server does not answer as MLflow does."""
    server = _Server(access)
    tell(5, "Asking for the registered models")
    models = list(server.pages("registered-models/search", "registered_models"))
    tell(20, "Asking for their versions")
    versions = list(server.pages("model-versions/search", "model_versions"))
    chosen = versions if access.all_versions else _in_use(models, versions)
    if len(chosen) > MOST_VERSIONS:
        raise FetchFailed(
            f"{access.host} has {len(chosen)} versions to read; at most {MOST_VERSIONS} are read."
        )
    runs: dict[str, Any] = {}
    for number, version in enumerate(chosen):
        tell(30 + 60 * number // len(chosen), f"Reading version {number + 1} of {len(chosen)}")
        run = str(version.get("run_id") or "")
        if run and run not in runs:
            runs[run] = server.run(run)
    return {
        "mlflow_registry": "2.0",
        "address": access.address,
        "read_at": now.isoformat(),
        "registered_models": models,
        "model_versions": chosen,
        "runs": runs,
        "versions_left": len(versions) - len(chosen),
    }


def _in_use(models: list[dict[str, Any]], versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest version of each model, and those that an alias or a stage names."""
    newest: dict[str, int] = {}
    for version in versions:
        name = str(version.get("name"))
        newest[name] = max(newest.get(name, 0), _number(version))
    named = {
        (str(model.get("name")), str(alias.get("version")))
        for model in models
        for alias in _dicts(model.get("aliases"))
    }
    return [
        version
        for version in versions
        if _number(version) == newest[str(version.get("name"))]
        or (str(version.get("name")), str(version.get("version"))) in named
        or version.get("aliases")
        or version.get("current_stage") in STAGES_IN_USE
    ]


def _number(version: dict[str, Any]) -> int:
    return whole_number(str(version.get("version"))) or 0


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


class _Server:
    def __init__(self, access: Access) -> None:
        self.access = access
        self.until = time.monotonic() + LONGEST_SECONDS
        self.bytes = 0

    def pages(self, path: str, key: str) -> Iterator[dict[str, Any]]:
        token, seen = "", set()
        for _ in range(MOST_PAGES):
            page = {"page_token": token} if token else {}
            said = self._json(self._ask(path, max_results=PAGE, **page))
            items = said.get(key, [])
            token = said.get("next_page_token") or ""
            if not isinstance(items, list) or not isinstance(token, str):
                raise FetchFailed(f"The answer of {self.access.host} is not what MLflow answers.")
            yield from _dicts(items)
            if not token:
                return
            if token in seen:
                raise FetchFailed(f"{self.access.host} sends the same page again and again.")
            seen.add(token)
        raise FetchFailed(f"{self.access.host} sends more than {MOST_PAGES} pages.")

    def run(self, run_id: str) -> dict[str, Any]:
        """Nothing for a run that was deleted; its version stays in the registry."""
        answer = self._ask("runs/get", run_id=run_id)
        if answer.status == 404:
            return {}
        run = self._json(answer).get("run")
        return run if isinstance(run, dict) else {}

    def _ask(self, path: str, **query: Any) -> Fetched:
        host = self.access.host
        if time.monotonic() > self.until:
            raise FetchFailed(f"{host} needs more than {LONGEST_SECONDS // 60} minutes: nothing was read.")
        url = f"{self.access.address}{API_PATH}/{path}?{urlencode(query)}"
        answer = fetch(url, headers=self.access.headers, seconds=SECONDS_A_CALL)
        self.bytes += len(answer.body)
        if self.bytes > MOST_BYTES:
            raise FetchFailed(f"{host} says more than {MOST_BYTES // 1_000_000} MB, which no import takes.")
        return answer

    def _json(self, answer: Fetched) -> dict[str, Any]:
        host = self.access.host
        if answer.status in (401, 403):
            raise FetchFailed(f"{host} does not let the portal in. Check the user name and the token.")
        if answer.status == 404:
            raise FetchFailed(f"{host} has no MLflow at this address.")
        if answer.status >= 400:
            raise FetchFailed(f"{host} answers with the error {answer.status}. Try again later.")
        try:
            return load_json(answer.body.decode())
        except (ImportRefused, UnicodeDecodeError, RecursionError) as error:
            raise FetchFailed(f"The answer of {host} is not what MLflow answers.") from error
