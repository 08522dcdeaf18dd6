"""Where processes are killed: what was asked for, the statement at which it is held, and what it leaves."""

from __future__ import annotations

import datetime
import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils import timezone

from aims.core import evidence, jobs, keys, tasks
from aims.core.enums import MailState
from aims.core.messages import send_later
from aims.core.models import Evidence, Mail, Notification, Reminder
from aims.core.tenancy.context import acting_as, acting_in
from audits import packs
from audits.bench import sample
from audits.bench.chaos.post import Post
from audits.bench.chaos.processes import Processes
from audits.bench.sample import House
from audits.models import EvidencePack
from inventory import importing
from inventory.enums import ImportState
from inventory.models import AISystem, InventoryImport

SCOPES = ["evidence:read", "evidence:write", "systems:read", "systems:write"]
WEB, WORKER, SCHEDULER = "web server", "worker", "scheduler"
#: Whom to kill: not the process that asked, but the server's that serves it.
DATABASE = "database"
Count = Callable[[], int]


@dataclass
class Stage:
    """One organization, a program with a key to it, and the processes that serve them."""

    processes: Processes
    post: Post
    house: House = field(init=False)
    key: str = field(init=False)
    used: int = 0

    def __post_init__(self) -> None:
        self.house = sample.house("chaos")
        with acting_in(self.house.organization) as actor:
            _, self.key = keys.create_key(actor=actor, name="Chaos", scopes=SCOPES, now=timezone.now())

    def word(self) -> str:
        self.used += 1
        return f"chaos-{self.used:03}"

    def ask(self, path: str, body: bytes, content_type: str) -> int:
        """The status of the answer, or 0 where there is none."""
        address = f"http://localhost:{self.processes.port}/api/v1/organizations/{self.house.slug}/{path}"
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": content_type}
        request = urllib.request.Request(address, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0


@dataclass(frozen=True)
class Act:
    """`start` asks for it; `count` is what it has left so far, `whole` what it leaves when it is done.

    One `in_steps` commits several times: each of its parts is whole, not all of them at once.
    """

    start: Callable[[], object]
    count: Count
    whole: int = 1
    in_steps: bool = False


@dataclass(frozen=True)
class Point:
    """One place to be killed at: the process, the table whose write is awaited, the act that gets there."""

    name: str
    process: str
    table: str
    act: Callable[[Stage], Act]
    whom: str = "all"


def upload(stage: Stage) -> Act:
    title = stage.word()
    form = _form(
        {"title": title, "source": "Chaos", "period_from": "2026-01-01"}, f"{title}\n".encode() * 9000
    )

    def count() -> int:
        with acting_in(stage.house.organization):
            return Evidence.objects.filter(title=title).count()

    return Act(lambda: stage.ask("evidence", form, "multipart/form-data; boundary=chaos"), count)


def apply_in_web(stage: Stage) -> Act:
    prefix, upload = _previewed(stage, rows=40)
    body = json.dumps({}).encode()
    return Act(
        lambda: stage.ask(f"imports/{upload.pk}/apply", body, "application/json"),
        lambda: _systems(stage, prefix),
        whole=40,
    )


def apply_in_worker(stage: Stage) -> Act:
    rows = importing.AT_ONCE + 20
    prefix, upload = _previewed(stage, rows=rows)

    def start() -> None:
        with acting_as(stage.house.actor) as lead:
            importing.start_apply(actor=lead, upload=upload, now=timezone.now())

    return Act(start, lambda: _systems(stage, prefix), whole=rows)


def read_import(stage: Stage) -> Act:
    prefix = stage.word()
    found: list[int] = []

    def start() -> None:
        found.append(_uploaded(stage, prefix, rows=5).pk)

    def count() -> int:
        with acting_in(stage.house.organization):
            return InventoryImport.objects.filter(pk__in=found, state=ImportState.PREVIEWED).count()

    return Act(start, count)


def pack(stage: Stage) -> Act:
    found: list[int] = []

    def start() -> None:
        now = timezone.now()
        with acting_as(stage.house.actor) as lead:
            found.append(packs.request_pack(actor=lead, as_of=timezone.localdate(now), now=now).pk)

    def count() -> int:
        with acting_in(stage.house.organization):
            return EvidencePack.objects.filter(pk__in=found, state="ready", blob__isnull=False).count()

    return Act(start, count)


def mail(stage: Stage) -> Act:
    word = stage.word()

    def start() -> None:
        with acting_in(stage.house.organization):
            send_later(dedupe=word, recipient=f"{word}@chaos.test", subject="Chaos", text="Once.")

    def count() -> int:
        with acting_in(stage.house.organization):
            return Mail.objects.filter(dedupe=word, state=MailState.SENT).count()

    return Act(start, count)


def reminder(stage: Stage) -> Act:
    """Evidence that ends within a week: whoever handed it in is reminded in the portal and by mail."""
    title, now = stage.word(), timezone.now()
    with acting_as(sample.member_actor(stage.house.staff)) as staff:
        item = evidence.submit_evidence(
            actor=staff,
            title=title,
            kind="test_result",
            source="Chaos",
            file=io.BytesIO(title.encode() * 40),
            file_name="chaos.txt",
            period_from=now.date(),
            now=now,
        )
    with acting_as(stage.house.actor) as lead:
        ends = now.date() + datetime.timedelta(days=5)
        evidence.accept_evidence(actor=lead, evidence=item, valid_until=ends, now=now)

    def count() -> int:
        with acting_in(stage.house.organization):
            reminded = Reminder.objects.filter(object_id=item.pk, rule="evidence_expiry").count()
            told = Notification.objects.filter(text__contains=title, dedupe__startswith="reminder:").count()
            mailed = Mail.objects.filter(
                subject__contains=title, dedupe__startswith="reminder:", state=MailState.SENT
            ).count()
            return reminded + told + mailed

    def start() -> None:
        tasks.daily_round.apply_async(
            kwargs={"organization_id": stage.house.organization.pk}, queue="default"
        )

    return Act(start, count, whole=3, in_steps=True)


#: Packs first, while there is little to lay out.
POINTS = [
    Point("pack, begin", WORKER, "audits_evidencepack", pack),
    Point("pack, file stored", WORKER, "core_blob", pack),
    Point("upload, file stored", WEB, "core_blob", upload),
    Point("upload, evidence written", WEB, "core_trailevent", upload),
    Point("import applied at once, first row", WEB, "inventory_aisystem", apply_in_web),
    Point("import applied at once, trail", WEB, "core_trailevent", apply_in_web),
    Point("reading an import, claim", WORKER, "core_job", read_import),
    Point("reading an import, end", WORKER, "inventory_inventoryimport", read_import),
    Point("reading an import, end, pool only", WORKER, "inventory_inventoryimport", read_import, whom="pool"),
    Point("import applied by a job, rows", WORKER, "inventory_aisystem", apply_in_worker),
    Point(
        "import applied by a job, trail, parent only", WORKER, "core_trailevent", apply_in_worker, whom="main"
    ),
    Point("mail, claim", WORKER, "core_mail", mail),
    Point("reminder, row", WORKER, "core_reminder", reminder),
    Point("reminder, notification", WORKER, "core_notification", reminder),
    Point("reminder, outbox", WORKER, "core_mail", reminder),
    Point("database, upload", WEB, "core_trailevent", upload, whom=DATABASE),
    Point("database, import applied by a job", WORKER, "inventory_aisystem", apply_in_worker, whom=DATABASE),
    Point("database, reminder", WORKER, "core_notification", reminder, whom=DATABASE),
]


def _previewed(stage: Stage, *, rows: int) -> tuple[str, InventoryImport]:
    prefix = stage.word()
    found = _uploaded(stage, prefix, rows=rows)
    if found.job is None:
        raise RuntimeError("An import without a job")
    jobs.run_now(found.job)
    while found.state == ImportState.UPLOADED:  # the worker may have been faster
        time.sleep(0.1)
        with acting_in(stage.house.organization):
            found.refresh_from_db()
    return prefix, found


def _uploaded(stage: Stage, prefix: str, *, rows: int) -> InventoryImport:
    content = sample.spreadsheet(stage.house.lead, rows=rows).replace(b"CMDB-", f"{prefix}-".encode())
    content = content.replace(b"System ", f"{prefix} ".encode())
    with acting_as(stage.house.actor) as lead:
        return importing.upload_import(
            actor=lead, file=io.BytesIO(content), name=f"{prefix}.csv", now=timezone.now()
        )


def _systems(stage: Stage, prefix: str) -> int:
    with acting_in(stage.house.organization):
        return AISystem.objects.filter(name__startswith=f"{prefix} ").count()


def _form(fields: dict[str, str], content: bytes) -> bytes:
    parts = [
        f'--chaos\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        b'--chaos\r\nContent-Disposition: form-data; name="file"; filename="report.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n"
    )
    return b"".join([*parts, head, content, b"\r\n--chaos--\r\n"])
