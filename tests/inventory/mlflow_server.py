"""A small MLflow tracking server over real TLS:  python -m tests.inventory.mlflow_server DIRECTORY

It speaks the part of the REST API 2.0 that a model registry is read by, two entries a page. DIRECTORY holds
`server.pem` (certificate and key). The port is printed. How it behaves next is set by POST to /say:
{"mode": "fine" or what is wrong, "authorization": the header it lets in}; the answer lists what was asked.
"""

from __future__ import annotations

import http.server
import json
import ssl
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

API = "/api/2.0/mlflow/"
PAGE = 2
DAY = 1_767_225_600_000  # 1 January 2026, in milliseconds

MODELS: list[dict[str, Any]] = [
    {
        "name": "letter-sorter",
        "description": "Sorts letters by topic.",
        "tags": [{"key": "license", "value": "Apache-2.0"}, {"key": "team", "value": "post room"}],
        "aliases": [{"alias": "champion", "version": "1"}],
    },
    {"name": "triage", "last_updated_timestamp": DAY},
    {"name": 'it\'s "odd" & <b>', "description": "Named to annoy."},
    {"name": "not-trained-yet"},
]


def _version(name: str, version: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "creation_timestamp": DAY, "status": "READY", **more}


VERSIONS: list[dict[str, Any]] = [
    _version("letter-sorter", "1", run_id="run1", source="s3://models/1", user_id="ada"),
    _version("letter-sorter", "2", run_id="gone", current_stage="None"),
    _version(
        "letter-sorter",
        "3",
        run_id="run1",
        current_stage="Staging",
        tags=[{"key": "license", "value": "MIT"}],
    ),
    _version("triage", "9"),
    _version("triage", "10", status="FAILED_REGISTRATION", new_field={"a": 1}),
    _version(MODELS[2]["name"], "1"),
]
RUNS: dict[str, Any] = {
    "run1": {
        "info": {"run_id": "run1", "status": "FINISHED"},
        "data": {
            "metrics": [
                {"key": "accuracy", "value": 0.91, "timestamp": DAY, "step": 3},
                {"key": "loss", "value": "NaN", "timestamp": DAY, "step": 3},
                {"key": "perplexity", "value": sys.float_info.max, "timestamp": DAY, "step": 3},
            ],
            "params": [{"key": "epochs", "value": "3"}, {"key": "lr", "value": "0.01"}],
            "tags": [
                {"key": "mlflow.source.git.commit", "value": "abc123"},
                {"key": "mlflow.log-model.history", "value": "[]"},
                {"key": "licence", "value": "BSD-3-Clause"},
            ],
        },
        "inputs": {
            "dataset_inputs": [{"dataset": {"name": "letters", "digest": "d1", "source": "s3://letters"}}]
        },
    }
}


class Handler(http.server.BaseHTTPRequestHandler):
    said: dict[str, Any] = {}
    asked: list[str] = []

    def do_POST(self) -> None:
        Handler.said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked, Handler.asked = Handler.asked, []
        self._answer({"asked": asked})

    def do_GET(self) -> None:
        Handler.asked.append(self.path)
        mode = Handler.said.get("mode", "fine")
        if self.headers.get("Authorization", "") != Handler.said.get("authorization", ""):
            return self._answer({"error_code": "PERMISSION_DENIED"}, 401)
        if mode == "redirect":
            self.send_response(302)
            self.send_header("Location", "https://169.254.169.254/latest/")
            self.end_headers()
            return None
        if mode == "slow":
            time.sleep(3)
        if mode in ("html", "deep", "list"):
            body = {"html": "<html>", "deep": "[" * 100_000, "list": '{"registered_models": {"a": 1}}'}[mode]
            return self._send(body.encode(), 200)
        if mode == "huge":
            return self._send(b'{"registered_models": ["' + b"x" * 3_000_000 + b'"]}', 200)
        if mode == "broken":
            return self._answer({"error_code": "INTERNAL_ERROR", "message": "<script>"}, 500)
        return self._api(mode)

    def _api(self, mode: str) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix(API)
        if path == "registered-models/search":
            return self._page("registered_models", MODELS, query, mode)
        if path == "model-versions/search":
            return self._page("model_versions", VERSIONS, query, mode)
        if path == "runs/get" and query.get("run_id") in RUNS:
            return self._answer({"run": RUNS[query["run_id"]]})
        return self._answer({"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)

    def _page(self, key: str, rows: list[dict[str, Any]], query: dict[str, str], mode: str) -> None:
        start = int(query.get("page_token", "0"))
        token = "0" if mode == "loop" else str(start + PAGE) if start + PAGE < len(rows) else ""
        self._answer({key: rows[start : start + PAGE], **({"next_page_token": token} if token else {})})

    def _answer(self, content: dict[str, Any], status: int = 200) -> None:
        self._send(json.dumps(content).encode(), status)

    def _send(self, body: bytes, status: int) -> None:
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
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
