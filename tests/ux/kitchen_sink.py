"""Every component once, with made-up values, on one page inside the real frame."""

import datetime

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory

from aims.core.charts import Matrix, Milestone, TraceColumn, TraceNode, matrix

NOW = datetime.datetime(2026, 11, 22, 10, 42, tzinfo=datetime.UTC)
LIKELIHOODS = ("Rare", "Unlikely", "Possible", "Likely", "Almost certain")
IMPACTS = ("Negligible", "Minor", "Moderate", "Major", "Severe")
COUNTS = {(1, 1): 4, (1, 2): 3, (2, 2): 3, (2, 3): 3, (3, 4): 2, (5, 2): 1, (5, 4): 1, (4, 5): 1, (1, 4): 4}


class SampleForm(forms.Form):
    title = forms.CharField(help_text="One sentence that says what could happen.")
    owner = forms.ChoiceField(choices=[("", "Choose a person"), ("1", "Amara Okafor")])
    review_date = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    description = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    treatment = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("reduce", "Reduce"), ("avoid", "Avoid"), ("accept", "Accept")]
    )
    reasons = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        choices=[("risk", "Risk"), ("law", "Legal duty"), ("contract", "Contract")],
        required=False,
    )
    affected = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        choices=[("staff", "Staff"), ("patients", "Patients")],
        required=False,
    )
    confidential = forms.BooleanField(required=False, label="Only the owner and the lead may read it")
    file = forms.FileField(required=False, label="File")


class FilterForm(forms.Form):
    level = forms.ChoiceField(choices=[("", "All"), ("4", "Critical")], required=False)
    text = forms.CharField(required=False)


def level_of(likelihood: int, impact: int) -> int:
    score = likelihood * impact
    return 1 + (score > 4) + (score > 9) + (score > 15)


def sample_matrix() -> Matrix:
    return matrix(
        likelihoods=LIKELIHOODS,
        impacts=IMPACTS,
        level_of=level_of,
        counts=COUNTS,
        url_of=lambda likelihood, impact: f"?likelihood={likelihood}&impact={impact}",
        current=(3, 4),
    )


def frame(*, theme: str = "", auditor: bool = False) -> dict[str, object]:
    """What the context processor gives on a page inside an organization."""
    groups = {
        "": [("Home", "house", 0), ("My work", "clipboard-check", 6), ("Calendar", "calendar-clock", 0)],
        "Assess": [
            ("AI systems", "bot", 0),
            ("Risks", "shield-alert", 0),
            ("Impact assessments", "scale", 0),
        ],
        "Control": [("Controls", "shield-check", 0), ("Applicability (SoA)", "list-checks", 0)],
        "Assure": [
            ("Audits", "clipboard-list", 0),
            ("Findings", "flag", 7),
            ("Evidence packs", "package-check", 0),
        ],
        "Organization": [("People and access", "users", 0), ("Settings", "settings", 0)],
    }
    return {
        "theme": theme,
        "organization": {
            "name": "Meridian Health",
            "slug": "meridian-health",
            "url": "/o/meridian-health/",
            "is_sample": True,
            "purpose": "Surveillance audit 1",
            "starts_at": NOW,
            "ends_at": NOW + datetime.timedelta(days=25),
        },
        "acting": {"name": "Dana Weiss" if auditor else "Amara Okafor", "is_auditor": auditor},
        "memberships": [
            {"name": "Meridian Health", "slug": "meridian-health", "url": "/o/meridian-health/"},
            {"name": "Cobalt Lending", "slug": "cobalt-lending", "url": "/o/cobalt-lending/"},
        ],
        "navigation": [
            {
                "title": title,
                "entries": [
                    {"label": label, "url": "#", "icon": icon, "count": count, "current": label == "Risks"}
                    for label, icon, count in entries
                ],
            }
            for title, entries in groups.items()
        ],
        "notification_count": 3,
        "quick_actions": [{"label": "Risk", "url": "#"}, {"label": "Evidence", "url": "#"}],
    }


def sample_trace() -> dict[str, object]:
    columns = [
        TraceColumn("AI system", [TraceNode("SYS-1", "Triage assistant", "#sys-1")]),
        TraceColumn(
            "Risk",
            [
                TraceNode("R-001", "Under-prioritises older patients", "#r-001", "bad"),
                TraceNode("R-002", "Training data drift", "#r-002"),
            ],
        ),
        TraceColumn(
            "Control",
            [
                TraceNode("A.6.2.4", "Verification and validation", "#a-6-2-4"),
                TraceNode("A.7.4", "Quality of data", "#a-7-4"),
            ],
        ),
        TraceColumn(
            "Evidence",
            [
                TraceNode("EV-031", "Bias test report Q3", "#ev-031", "bad"),
                TraceNode("gap-a-7-4", "None yet", "", "gap"),
            ],
        ),
    ]
    edges = [
        ("SYS-1", "R-001"),
        ("SYS-1", "R-002"),
        ("R-001", "A.6.2.4"),
        ("R-002", "A.7.4"),
        ("A.6.2.4", "EV-031"),
        ("A.7.4", "gap-a-7-4"),
    ]
    return {"trace_columns": columns, "trace_edges": edges}


def sample_form() -> SampleForm:
    form = SampleForm({"owner": "", "treatment": "reduce", "reasons": ["risk", "law"]})
    form.add_error(None, "A critical risk needs a treatment other than accept.")
    return form


def sample_risks() -> list[dict[str, object]]:
    titles = ("Under-prioritises older patients", "Training data drift", "Unsafe dosage advice", "Log loss")
    return [
        {"pk": i, "ref": f"R-{i:03}", "title": title, "level": level, "due": NOW, "owner": "Amara Okafor"}
        for i, (title, level) in enumerate(zip(titles, (4, 3, 2, None), strict=True), start=1)
    ]


def context(*, theme: str = "", auditor: bool = False) -> dict[str, object]:
    milestones = [
        Milestone("Stage 1", "12 Nov 2025", "done"),
        Milestone("Stage 2", "20 Jan 2026", "done"),
        Milestone("Certified", "2 Mar 2026", "done"),
        Milestone("Surveillance 1", "12 Jan 2027", "next"),
        Milestone("Surveillance 2", "12 Jan 2028"),
        Milestone("Recertification", "14 Feb 2029"),
    ]
    return {
        **frame(theme=theme, auditor=auditor),
        **sample_trace(),
        "page_title": "Components",
        "intro": "Every component once, with made-up values.",
        "form": sample_form(),
        "unbound": SampleForm(),
        "filter_form": FilterForm(),
        "matrix": sample_matrix(),
        "milestones": milestones,
        "trend": [61, 64, 66, 70, 71, 75, 78],
        "tabs": [
            {"label": "All", "url": "#", "count": 24, "current": True},
            {"label": "Above appetite", "url": "#", "count": 3, "current": False},
            {"label": "No control", "url": "#", "count": 0, "current": False},
        ],
        "risks": sample_risks(),
        "page": Paginator(range(214), 50).get_page(2),
        "links": [{"label": "History", "url": "#", "icon": "history"}, {"label": "Print", "url": "#"}],
        "steps": [
            {"label": "Raised", "state": "done"},
            {"label": "Cause", "state": "current"},
            {"label": "Action", "state": "later"},
        ],
        "feed": [
            {
                "when": NOW,
                "actor": "Priya Nair",
                "verb": "approved",
                "object": "Validation report",
                "url": "#",
            },
            {
                "when": NOW,
                "actor": "Jonas Lind",
                "verb": "changed",
                "object": "R-011",
                "context": "High to medium",
            },
        ],
        "changes": [{"label": "Owner", "old": "Jonas Lind", "new": "Amara Okafor"}],
        "conflict": [{"label": "Treatment", "yours": "Reduce", "theirs": "Avoid"}],
        "yes_no": [("yes", "Yes"), ("no", "No")],
        "reasons": [("risk", "Risk"), ("law", "Legal"), ("contract", "Contract"), ("practice", "Practice")],
        "chosen_reasons": ["risk"],
        "statuses": [("not_started", "Not started"), ("planned", "Planned"), ("done", "Implemented")],
        "rows": [
            {"id": i, "ref": ref, "name": name}
            for i, (ref, name) in enumerate(
                [("A.5.2", "Impact process"), ("A.6.2.4", "Validation"), ("A.10.3", "Suppliers")], start=1
            )
        ],
        "now": NOW,
    }


class Visitor:
    is_authenticated = True
    email = "amara@meridian.example"

    def __str__(self) -> str:
        return self.email


def request() -> HttpRequest:
    made = RequestFactory().get("/o/meridian-health/components/", {"sort": "-title"})
    made.user = Visitor()
    return made


def render(template: str = "ux/kitchen_sink.html", *, theme: str = "", auditor: bool = False) -> str:
    return render_to_string(template, context(theme=theme, auditor=auditor), request=request())
