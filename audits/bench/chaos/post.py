"""A mail server of a few lines that keeps what it is given, and can be made to wait before it says so."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

Hook = Callable[[], object]


class Post(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        #: How often each mail was accepted, by its Message-ID, and who got each of these.
        self.accepted: Counter[str] = Counter()
        self.recipients: dict[str, str] = {}
        #: Called once, when the next mail is here and nothing has been answered yet.
        self.before_answer: Hook | None = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def take(self, raw: bytes) -> None:
        hook, self.before_answer = self.before_answer, None
        if hook is not None:
            hook()
        message = message_from_bytes(raw)
        self.recipients[str(message["Message-ID"])] = str(message["To"])
        self.accepted[str(message["Message-ID"])] += 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever was killed hangs up in the middle of a sentence."""


class _Conversation(socketserver.StreamRequestHandler):
    server: Post

    def handle(self) -> None:
        self.say("220 bench")
        for line in self.rfile:
            word = line.strip().upper()
            if word.startswith(b"DATA"):
                self.say("354 go on")
                self.server.take(self.letter())
                self.say("250 taken")
            elif word.startswith(b"QUIT"):
                return self.say("221 bye")
            else:
                self.say("250 well")

    def letter(self) -> bytes:
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line)
        raise ConnectionError("hung up")

    def say(self, sentence: str) -> None:
        self.wfile.write(f"{sentence}\r\n".encode())
