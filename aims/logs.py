"""What the logs leave out: the end of an address that opens something to whoever knows it."""

from __future__ import annotations

import logging
import re
from typing import Any

from gunicorn.glogging import Logger

LINK = re.compile(
    r"(/(?:questionnaire|invitations|accounts/password/reset/key|accounts/confirm-email)/)[^/\s?\"]{16,}"
)


def without_links(text: str) -> str:
    return LINK.sub(r"\1…", text)


class WithoutLinks(logging.Filter):
    """For loggers that name the address of a request. The worker's log keeps links: it prints mails where no
    mail server is set."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_links(record.getMessage()), None
        return True


class WebLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The log of requests."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        found = super().atoms(*args).items()
        return {key: without_links(value) if isinstance(value, str) else value for key, value in found}
