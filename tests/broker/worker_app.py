"""A Celery application as small as can be, for the tests of the broker."""

import os
import time
from pathlib import Path

from celery import Celery

import aims.broker  # noqa: F401 registers the transport

app = Celery("worker_app", broker=os.environ["TEST_BROKER_URL"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_default_queue=os.environ["TEST_QUEUE"],
    broker_connection_retry_on_startup=True,
)


@app.task
def note(path: str, word: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{word} {time.time()}\n")
