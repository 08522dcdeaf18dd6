"""The checklist of a first visit, ticked off by what the registers hold."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse

from aims.core.models import Evidence, Member
from audits.models import Certificate
from controls.models import StatementOfApplicability
from inventory.models import AISystem, ScopeStatement
from risk.models import Risk

#: One is the person who reads this list.
COMPANY = 2

TASKS = (
    ("Say what your AI management system covers", "scope", lambda: ScopeStatement.objects.exists()),
    ("Register your first AI system", "system_new", lambda: AISystem.objects.exists()),
    ("Score its risks", "risks", lambda: Risk.objects.exists()),
    (
        "Draft your Statement of Applicability",
        "soas",
        lambda: StatementOfApplicability.objects.exists(),
    ),
    ("Invite owners and a second approver", "people", lambda: Member.objects.count() >= COMPANY),
    ("Add your certification dates", "certification", lambda: Certificate.objects.exists()),
    ("Ask for your first evidence", "evidence_request", lambda: Evidence.objects.exists()),
)


def checklist(slug: str) -> dict[str, Any]:
    """Empty once everything is done; a fixed number of queries."""
    tasks = [
        {"title": title, "url": _address(name, slug), "note": "", "done": is_done(), "action": "Start"}
        for title, name, is_done in TASKS
    ]
    done = sum(bool(task["done"]) for task in tasks)
    return {} if done == len(tasks) else {"done": done, "total": len(tasks), "tasks": tasks}


def _address(name: str, slug: str) -> str:
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""
