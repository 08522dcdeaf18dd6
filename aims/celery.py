"""The Celery application. Jobs live in Postgres rows; the queue only rings the bell."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aims.settings")

from django.conf import settings

from aims.broker import connect

LONGEST_JOB_SECONDS = 30 * 60

app = Celery("aims")
app.conf.update(
    **connect(settings.CONFIGURATION),
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=100,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    task_time_limit=LONGEST_JOB_SECONDS,
    task_soft_time_limit=LONGEST_JOB_SECONDS - 60,
    task_default_queue="default",
    timezone="UTC",
    beat_schedule={
        "sweep": {"task": "core.sweep", "schedule": 30.0},
        "checkpoints": {"task": "core.checkpoints", "schedule": 60 * 60.0},
        "daily-round": {"task": "core.daily_rounds", "schedule": 15 * 60.0},
    },
)
app.autodiscover_tasks(["aims.core"])
