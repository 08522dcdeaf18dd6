"""A portal as `./portal run` starts it: web server, worker and scheduler, on a database of its own."""

import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from aims import configuration
from aims.broker import schema
from aims.launch import places, roles, run
from aims.launch.supervisor import Supervisor
from tests import conftest as database

PASSWORD = "correct horse battery staple"
LONGEST_COMMAND_SECONDS = 240


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Portal:
    """Its home, its environment and its address; `start` and `stop` are the session fixture's."""

    home: Path
    environment: dict[str, str]
    supervisor: Supervisor | None = None

    @classmethod
    def prepared(cls, home: Path, database_urls: dict[str, str]) -> "Portal":
        port = free_port()
        own = {
            **database_urls,
            "AIMS_ENV": "test",
            "AIMS_HOME": str(home),
            "PORT": str(port),
            "BASE_URL": f"http://localhost:{port}",
            "WEB_WORKERS": "1",
            "WORKER_PROCESSES": "1",
            "DJANGO_SETTINGS_MODULE": "aims.settings",
            "PYTHONUNBUFFERED": "1",
        }
        return cls(home, {**os.environ, **own})

    @property
    def url(self) -> str:
        return self.environment["BASE_URL"]

    @property
    def mails(self) -> str:
        """What the worker and the web server have sent: without a mail server they print it."""
        return "".join((self.home / "logs" / name).read_text() for name in ("worker.log", "web.log"))

    def password_link(self, email: str) -> str:
        """The link of the newest mail to this address that sets a password."""
        found = re.findall(
            rf"To: {re.escape(email)}.*?({self.url}/accounts/password/reset/key/\S+)", self.mails, re.S
        )
        assert found, f"no mail with a link went to {email}"
        return str(found[-1])

    def invitation_link(self, email: str) -> str:
        """The link of the newest invitation to this address; empty when none was sent yet."""
        found = re.findall(rf"To: {re.escape(email)}.*?({self.url}/invitations/\S+)", self.mails, re.S)
        return str(found[-1]) if found else ""

    def questionnaire_links(self, email: str) -> list[str]:
        """Of every questionnaire mailed to this address, the oldest first."""
        return re.findall(rf"To: {re.escape(email)}.*?({self.url}/questionnaire/\S+)", self.mails, re.S)

    def start(self) -> None:
        """Like the launcher: the queue's tables are made before anything runs."""
        read = configuration.load(self.environment)
        schema.install(read.database_owner_url)
        self.supervisor = Supervisor(run.children(self.home, read), self.environment)
        self.supervisor.start()
        run.wait_for_web(read, self.supervisor)

    def stop(self) -> None:
        if self.supervisor is not None:
            self.supervisor.stop()

    def manage(self, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        return self.python("manage.py", *arguments, given=given)

    def python(self, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=places.PROJECT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=LONGEST_COMMAND_SECONDS,
        )


def logins(database_name: str) -> dict[str, str]:
    """The settings for another process on a database of the tests, with the logins that the tests have."""
    found = {}
    for alias, setting in database.LOGIN_OF.items():
        place = settings.DATABASES[alias]
        super_user = roles.address(database.super_url(), database=database_name)
        found[setting] = roles.address(
            super_user, database=database_name, user=place["USER"], password=quote(place["PASSWORD"], safe="")
        )
    return found
