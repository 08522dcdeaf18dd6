"""The checklist of a first visit, ticked off by what the registers hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.models import Evidence, Member
from audits.models import Certificate
from controls.models import StatementOfApplicability
from inventory.models import AISystem, ScopeStatement
from risk.models import Risk

Task = dict[str, Any]

#: One is the person who reads this list.
COMPANY = 2

TASKS = (
    (
        "Say what your AI management system covers",
        "scope",
        "inventory.write_scope",
        lambda: ScopeStatement.objects.exists(),
    ),
    (
        "Register your first AI system",
        "system_new",
        "inventory.register_system",
        lambda: AISystem.objects.exists(),
    ),
    ("Score its risks", "risks", "risk.identify_risk", lambda: Risk.objects.exists()),
    (
        "Draft your Statement of Applicability",
        "soas",
        "controls.draft_soa",
        lambda: StatementOfApplicability.objects.exists(),
    ),
    (
        "Invite owners and a second approver",
        "people",
        "core.manage_people",
        lambda: Member.objects.count() >= COMPANY,
    ),
    (
        "Add your certification dates",
        "certification",
        "audits.manage_certification",
        lambda: Certificate.objects.exists(),
    ),
    (
        "Ask for your first evidence",
        "evidence_request",
        "core.request_evidence",
        lambda: Evidence.objects.exists(),
    ),
)


def checklist(actor: Actor, slug: str) -> dict[str, Any]:
    """Empty once everything is done; a fixed number of queries."""
    tasks = [_task(actor, slug, *task) for task in TASKS]
    done = sum(task["done"] for task in tasks)
    return {} if done == len(tasks) else {"done": done, "total": len(tasks), "tasks": tasks}


def _task(actor: Actor, slug: str, title: str, url_name: str, verb: str, is_done: Callable[[], bool]) -> Task:
    """Without an address, and with who does it, when it is somebody else's to do."""
    may = permissions.can(actor, verb)
    return {
        "title": title,
        "url": reverse(url_name, args=[slug]) if may else "",
        "note": "" if may else f"By the {permissions.who_may(verb)}",
        "done": is_done(),
        "action": "Start" if may else "",
    }
