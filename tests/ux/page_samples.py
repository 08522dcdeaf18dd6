"""One made-up context for each page of the core, so that each is drawn and checked."""

from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator

from tests.ux import kitchen_sink
from tests.ux.kitchen_sink import NOW, SampleForm

FACTS = [
    {"label": "Kind", "value": "Import", "kind": ""},
    {"label": "Asked for", "value": NOW, "kind": "moment"},
]
EMPTY = Paginator([], 50).get_page(1)


class CodeForm(forms.Form):
    code = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}))
    secret = "JBSWY3DPEHPK3PXP"


def work_item(**values: Any) -> dict[str, Any]:
    return {
        "title": "R-003 Unsafe advice",
        "url": "#",
        "note": "Above appetite",
        "icon": "shield-alert",
    } | values


def page_of(*rows: Any) -> dict[str, Any]:
    page = Paginator(rows, 50).get_page(1)
    return {"page": page, "rows": page.object_list}


def home() -> dict[str, Any]:
    base = kitchen_sink.context()
    return {
        "cycle": {"title": "Surveillance audit 1 in 51 days", "milestones": base["milestones"], "url": "#"},
        "onboarding": {
            "done": 1,
            "total": 2,
            "tasks": [
                {"title": "Describe your organization", "url": "#", "done": True},
                {"title": "Register your first AI system", "url": "#", "done": False, "action": "Register"},
            ],
            "import_url": "#",
        },
        "stats": [
            {"label": "Open findings", "value": 7, "note": "2 are overdue", "url": "#", "trend": [3, 5, 7]}
        ],
        "attention": [work_item(word="Due 28 Nov", action="Decide"), work_item(state="problem", word="Late")],
        "work_url": "#",
        "risks_url": "#",
        "trail_url": "#",
        "matrix": base["matrix"],
        "clauses": [{"label": "4 Context", "ok": 70, "part": 20, "gap": 10}],
        "clauses_counts": "Requirements with a record.",
        "activity": base["feed"],
    }


def job(state: str) -> dict[str, Any]:
    return {
        "id": 1,
        "title": "Evidence pack",
        "state": state,
        "done": 4,
        "total": 12,
        "step": "Section 4",
        "progress_url": "/job",
        "url": "#",
        "result_url": "#" if state == "done" else "",
    }


def evidence() -> dict[str, Any]:
    item = SimpleNamespace(
        ref="EV-031",
        title="Bias test report",
        description="Bias tests of the third quarter.",
        kind="PDF",
        size=1_258_291,
        sha256="9f3c" * 16,
        valid_from=NOW,
        valid_until=None,
        owner="Mateo Ruiz",
        uploaded_by="Mateo Ruiz",
        uploaded_at=NOW,
        is_confidential=True,
    )
    return {
        "page_title": "Bias test report",
        "item": item,
        "state": {"tone": "warn", "label": "Expires soon"},
        "download_url": "#",
        "links": [{"kind": "Control", "label": "A.6.2.4", "url": "#"}],
        "versions": [
            {
                "number": 1,
                "file_name": "bias.pdf",
                "size": 120,
                "sha256": "ab" * 32,
                "uploaded_at": NOW,
                "by": "M",
            }
        ],
        "reviews": [{"when": NOW, "by": "Jonas Lind", "verdict": "approved", "note": "Complete"}],
        "activity": [],
        "shares": [{"person": "Eve", "since": NOW, "revoke_url": "#"}],
        "panels": [{"title": "Pages", "template": "ux/_panel.html", "context": {"word": "seen"}, "span": 12}],
        "history": [
            {
                "when": NOW,
                "who": "Mateo Ruiz",
                "kind": "update",
                "changes": [{"label": "Title", "old": "Bias", "new": "Bias test report"}],
            }
        ],
    }


def people() -> dict[str, Any]:
    return {
        "page_title": "People and access",
        "invite_url": "#",
        "permissions_url": "#",
        "members": [
            {
                "name": "Amara Okafor",
                "email": "amara@meridian.example",
                "roles": ["Lead"],
                "since": NOW,
                "active": True,
                "actions": [{"label": "Change roles", "url": "#"}],
            }
        ],
        "invitations": [
            {
                "name": "Xenia",
                "email": "x@y.example",
                "roles": ["Owner"],
                "sent_at": NOW,
                "expires_at": NOW,
                "is_expired": False,
                "resend_url": "#",
                "withdraw_url": "#",
            }
        ],
        "auditors": [
            {
                "name": "Dana Weiss",
                "email": "d@cert.example",
                "scope": "SoA, 6 systems",
                "starts_at": NOW,
                "ends_at": NOW,
                "state": "Open",
                "tone": "ok",
                "end_url": "#",
            }
        ],
        "shares": [
            {"document": "Policy", "document_url": "#", "person": "Eve", "since": NOW, "revoke_url": "#"}
        ],
    }


def keys() -> dict[str, Any]:
    key = {
        "name": "CI push",
        "prefix": "3f00aa11",
        "scopes": ["evidence:write"],
        "networks": ["192.0.2.0/24"],
        "rate_limit": 600,
        "responsible": "Amara Okafor",
        "created_at": NOW,
        "expires_at": NOW,
    }
    works = {"tone": "ok", "word": "Works", "uses_today": 3, "overlaps": True}
    revoked = {"tone": "neutral", "word": "Revoked", "uses_today": 0}
    return {
        "page_title": "API keys",
        "schema_url": "#",
        "new_url": "#",
        "new_key": "aims_test_3f00aa11_secret",
        "notice": "The old secret works for a day.",
        "example_url": "https://portal.example/api/v1/",
        "keys": [
            {
                "key": key | {"previous_prefix": "3f00aa10", "previous_ends_at": NOW, "last_used_at": NOW},
                "line": works,
                "actions": [{"label": "Rotate", "url": "#", "icon": "rotate-cw"}],
                "revoke_url": "#",
                "end_url": "#",
            },
            {"key": key | {"prefix": "3f00aa12", "revoked_at": NOW}, "line": revoked},
        ],
    }


def permissions() -> dict[str, Any]:
    verbs = [{"label": "Accept a risk", "condition": "Not one's own", "allowed": [True, False]}]
    return {
        "page_title": "Who may do what",
        "roles": ["Lead", "Owner"],
        "groups": [{"title": "Risk", "verbs": verbs}],
    }


def register() -> dict[str, Any]:
    cells = [
        {"value": "R-001", "kind": "ref", "label": "Ref"},
        {"value": 4, "kind": "level", "label": "Level"},
        {"value": {"tone": "ok", "label": "Treated"}, "kind": "tag", "label": "State"},
        {"value": "Amara Okafor", "kind": "person", "label": "Owner"},
        {"value": NOW, "kind": "day", "label": "Review"},
    ]
    columns = [{"label": label} for label in ("Ref", "Level", "State", "Owner", "Review")]
    return {"page_title": "Risks", "columns": columns, **page_of({"url": "#", "cells": cells})}


def trail() -> dict[str, Any]:
    line = {"seq": 7, "at": NOW, "actor": "Amara", "verb": "risk.accept", "object": "R-1", "hash": "ab" * 32}
    return {
        "page_title": "Activity log",
        "verify_url": "#",
        "verified": {"ok": True, "text": "4,211 lines checked."},
        **page_of(line),
    }


def notifications() -> dict[str, Any]:
    item = {"text": "Bias test report expires on 1 December.", "url": "#", "created_at": NOW, "read_at": None}
    return {"page_title": "Notifications", "unread": 1, "read_all_url": "#", **page_of(item)}


def samples() -> dict[str, dict[str, Any]]:
    """Template name, with a word after # where one template is shown twice, and its context."""
    jobs = page_of(job("running") | {"created_at": NOW, "by": "Amara"}, job("failed") | {"created_at": NOW})
    session = {"created_at": NOW, "ip": "192.0.2.1", "user_agent": "Firefox", "is_current": True}
    part = {"title": "Organization", "intro": "Shown on documents.", "form": SampleForm(), "action": "#"}
    return {
        "core/home.html": home(),
        "core/home.html#empty": {"attention": [], "activity": []},
        "core/start.html": {"places": [{"name": "Meridian Health", "url": "#", "is_sample": True}]},
        "core/start.html#none": {"places": []},
        "core/my_work.html": {"page_title": "My work", "items": [work_item(word="Due 28 Nov")]},
        "core/notifications.html": notifications(),
        "core/people.html": people(),
        "core/permissions.html": permissions(),
        "core/evidence_list.html": {
            "page_title": "Evidence",
            "add_url": "#",
            **page_of(
                {"ref": "EV-1", "title": "Log", "url": "#", "kind": "CSV", "size": 10, "state": "expired"}
            ),
        },
        "core/evidence_list.html#empty": {
            "page_title": "Evidence",
            "add_url": "#",
            "page": EMPTY,
            "rows": [],
        },
        "core/evidence_detail.html": evidence(),
        "core/evidence_form.html": {"page_title": "Add evidence", "form": SampleForm(), "limit": "100 MB"},
        "core/trail.html": trail(),
        "core/jobs.html": {"page_title": "Jobs", **jobs},
        "core/job_detail.html": {"page_title": "Evidence pack", "job": job("done"), "facts": FACTS},
        "core/search.html": {"query": "R-0", "results": [{"kind": "Risk", "label": "R-001", "url": "#"}]},
        "core/api_keys.html": keys(),
        "core/settings.html": {
            "page_title": "Settings",
            "forms": [part],
            "is_sample": True,
            "remove_sample_url": "#",
        },
        "core/help.html": {
            "contacts": [{"name": "Amara Okafor", "roles": "Lead", "email": "a@b.example"}],
            "numbers": [{"label": "Open findings", "counts": "Findings that are not closed."}],
            "public_key": "-----BEGIN PUBLIC KEY-----",
            "version": "0.1.0",
        },
        "core/generic_list.html": register(),
        "core/generic_form.html": {"page_title": "Add risk", "form": kitchen_sink.sample_form()},
        "core/generic_detail.html": {"page_title": "R-001", "facts": FACTS},
        "core/generic_confirm.html": {
            "page_title": "End access?",
            "text": "At once.",
            "submit_label": "End access",
        },
        "core/refused.html": {"sentence": "This risk is closed.", "status": 422},
        "account/login.html": {"form": CodeForm()},
        "account/password_reset.html": {"form": CodeForm()},
        "mfa/authenticate.html": {"form": CodeForm()},
        "mfa/index.html": {"authenticators": {}, "is_mfa_enabled": True},
        "mfa/totp/activate_form.html": {"form": CodeForm(), "totp_svg": "<svg viewBox='0 0 9 9'></svg>"},
        "usersessions/usersession_list.html": {"sessions": [session], "session_count": 1},
        "404.html": {},
        "500.html": {},
    }
