"""The shape of the project: which way tables point, what auditors are shown, which verbs are used."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from django.apps import apps
from django.conf import settings

from aims.core import permissions
from aims.core.registry import registry
from aims.core.tenancy.models import AuditorSees, TenantModel
from aims.core.tenancy.policies import auditor_condition, is_history, tenant_models

PROJECT: Path = settings.BASE_DIR
LAYERS = ["core", "inventory", "risk", "controls", "audits"]
SOURCES = [PROJECT / "aims", *(PROJECT / app for app in LAYERS[1:])]
#: Whatever an external auditor is shown, in whole or in part. Showing a further table needs a line here.
SHOWN_TO_AUDITORS = {
    "audits.audit",
    "audits.auditornote",
    "audits.auditrequest",
    "audits.certificate",
    "audits.checklistitem",
    "audits.engagement",
    "audits.evidencepack",
    "audits.finding",
    "audits.findingdraft",
    "audits.requestcomment",
    "audits.requestproof",
    "audits.sample",
    "audits.sampleitem",
    "controls.control",
    "controls.controlevidence",
    "controls.soaentry",
    "controls.soareason",
    "controls.statementofapplicability",
    "controls.treatmentcontrol",
    "core.accessgrant",
    "core.blob",
    "core.evidence",
    "core.grantedobject",
    "core.member",
    "core.snapshot",
    "core.trailevent",
    "core.trailtext",
    "inventory.adoptedsector",
    "inventory.aisystem",
    "inventory.oversightperson",
    "inventory.changereview",
    "inventory.bodydecision",
    "inventory.bodymeeting",
    "inventory.bodyseat",
    "inventory.climatedecision",
    "inventory.contextissue",
    "inventory.customfield",
    "inventory.gaterecord",
    "inventory.governancebody",
    "inventory.interestedparty",
    "inventory.meetingpresence",
    "inventory.partyneed",
    "inventory.goliverequest",
    "inventory.scopestatement",
    "inventory.systemcomponent",
    "inventory.stagerecord",
    "inventory.systemevidence",
    "risk.impactassessment",
    "risk.legalclassification",
    "risk.risk",
    "risk.riskapproval",
    "risk.riskcriteria",
}


def test_no_table_points_to_an_app_above_its_own() -> None:
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if field.is_relation
        and {model._meta.app_label, field.related_model._meta.app_label} <= set(LAYERS)
        and LAYERS.index(field.related_model._meta.app_label) > LAYERS.index(model._meta.app_label)
    ]

    assert upward == []


def test_auditors_are_shown_the_declared_tables_and_no_history() -> None:
    shown = {model._meta.label_lower for model in tenant_models() if auditor_condition(model)}

    assert shown == SHOWN_TO_AUDITORS
    assert not [model for model in tenant_models() if is_history(model) and auditor_condition(model)]


def test_every_register_says_how_auditors_see_it() -> None:
    faults = []
    for model in tenant_models():
        if is_history(model):
            continue
        label = model._meta.label_lower
        if not issubclass(model, TenantModel):
            faults.append(f"{label} is no TenantModel")
        elif model.auditor_sees not in {AuditorSees.NOTHING, AuditorSees.ENGAGEMENT, AuditorSees.GRANTED}:
            faults.append(f"{label}: {model.auditor_sees}")
        elif model.auditor_via:
            column, target = model.auditor_via.split("->")
            if model._meta.get_field(column).related_model._meta.label_lower != target:
                faults.append(f"{label}: {model.auditor_via} does not follow the foreign key")

    assert faults == []


def source_text(*, but: str = "") -> str:
    files = [file for root in SOURCES for file in sorted(root.rglob("*.py"))]
    files += sorted((PROJECT / "templates").rglob("*.html"))
    return "\n".join(
        file.read_text(encoding="utf-8")
        for file in files
        if "migrations" not in file.parts and file.name != but
    )


def test_every_verb_of_the_tables_is_asked_for_somewhere() -> None:
    text = source_text()
    actions = {row.action for machine in registry.machines for row in machine.transitions}
    unused = [
        name
        for name in permissions.verbs()
        if not re.search(rf"[\"']{re.escape(name)}[\"']", text) and name.partition(".")[2] not in actions
    ]

    assert unused == []


def test_every_verb_that_the_sources_ask_for_is_in_a_table() -> None:
    asked = re.findall(
        r"(?:require|can)\(\s*[\w.]+,\s*\"([a-z]+\.[a-z_]+)\"|\bverb(?::[^=\n]*)? = \"([a-z]+\.[a-z_]+)\"",
        source_text(),
    )
    unknown = sorted({a or b for a, b in asked} - set(permissions.verbs()))

    assert unknown == []


def test_every_entry_of_the_navigation_and_of_the_quick_actions_leads_to_a_page() -> None:
    from django.urls import reverse

    names = [entry.url_name for entry in registry.navigation]
    names += [name for _, name, _ in registry.quick_actions]

    assert [reverse(name, args=["meadow"]) for name in names]


def test_no_two_registers_count_under_the_same_letters() -> None:
    """A reference names one record: DIS-002 must not be the second of something else."""
    counted = re.compile(r'(?:next_references?\(|prefix: ClassVar\[str\] = )"([A-Z]+)"')
    users: dict[str, set[str]] = {}
    for path in (path for source in SOURCES for path in source.rglob("*.py")):
        for letters in counted.findall(path.read_text()):
            users.setdefault(letters, set()).add(str(path.relative_to(PROJECT)))

    assert {"SYS", "MOD", "DIS", "DCL"} <= users.keys()
    # An import registers systems too, many at once.
    systems = {"inventory/services/imported.py", "inventory/services/systems.py"}
    assert {letters: found for letters, found in users.items() if len(found) > 1} == {"SYS": systems}


def test_imports_go_one_way() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout
