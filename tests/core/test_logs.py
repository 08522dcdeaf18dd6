"""No line of a log holds a link that opens something to whoever reads it there."""

from __future__ import annotations

import datetime
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from aims.launch import run
from aims.logs import WebLogger, without_links

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


def test_a_refusal_is_logged_without_the_link(client: Any, db: None, caplog: Any):
    client.get(f"/questionnaire/{SECRET}/")
    for name in ("django.request", "django.security.csrf"):
        logging.getLogger(name).error("At %s: /questionnaire/%s/", name, SECRET)

    assert "Not Found: /questionnaire/…/" in caplog.text
    assert "At django.request: /questionnaire/…/" in caplog.text
    assert "At django.security.csrf: /questionnaire/…/" in caplog.text
    assert SECRET not in caplog.text


def test_a_mail_that_the_log_prints_keeps_its_link(caplog: Any):
    """Without a mail server the worker prints mails into its log: the link is needed there."""
    logging.getLogger("celery.redirected").warning("/invitations/%s/", SECRET)

    assert f"/invitations/{SECRET}/" in caplog.text


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
