"""No line of a log holds a link that opens something to whoever reads it there."""

from __future__ import annotations

import datetime
import io
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from gunicorn.config import Config

from aims.launch import run
from aims.logs import Plain, WebLogger, without_links

SECRET = "zqcanary" * 5


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (f"/questionnaire/{SECRET}/data/", "/questionnaire/…/data/"),
        (f"/invitations/{SECRET}/", "/invitations/…/"),
        (f"/accounts/password/reset/key/3-{SECRET}/", "/accounts/password/reset/key/…/"),
        (f"http://localhost/questionnaire/{SECRET}/?a=1", "http://localhost/questionnaire/…/?a=1"),
        ("/o/meadow/questionnaires/12/withdraw/", "/o/meadow/questionnaires/12/withdraw/"),
        ("/o/meadow/invitations/3/resend/", "/o/meadow/invitations/3/resend/"),
    ],
)
def test_the_end_of_a_link_is_left_out_and_everything_else_stays(address: str, kept: str):
    assert without_links(f'"GET {address} HTTP/1.1" 404') == f'"GET {kept} HTTP/1.1" 404'


def test_a_refusal_and_a_fault_are_logged_without_the_link(client: Any, db: None):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Plain(settings.LOGGING["formatters"]["plain"]["format"]))
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        client.get(f"/questionnaire/{SECRET}/")
        try:
            raise ValueError(f"/questionnaire/{SECRET}/")
        except ValueError:
            logger.exception("At /questionnaire/%s/", SECRET)
    finally:
        logger.removeHandler(handler)

    assert "Not Found: /questionnaire/…/" in written.getvalue()
    assert "At /questionnaire/…/" in written.getvalue() and SECRET not in written.getvalue()


def test_the_log_of_requests_leaves_it_out_of_every_value():
    assert "--logger-class=aims.logs.WebLogger" in run.web_command(
        SimpleNamespace(bind="127.0.0.1", port=1, web_workers=1, web_threads=1)
    )
    path = f"/questionnaire/{SECRET}/"
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": path,
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"http://localhost{path}",
    }
    answer = SimpleNamespace(status="200 OK", sent=3, headers=[("Location", path)])
    asked = SimpleNamespace(headers=[("REFERER", f"http://localhost{path}")])

    atoms = WebLogger(Config()).atoms(answer, asked, environ, datetime.timedelta(seconds=1))

    assert SECRET not in str(atoms)
    assert atoms["r"] == "GET /questionnaire/…/ HTTP/1.1"
