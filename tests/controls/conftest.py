"""Controls and Statements of Meadow, made through the verbs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import pytest

from aims.core.models import Evidence
from aims.core.tenancy.context import acting_as
from controls import services, soa
from controls.models import Control, SoAEntry, StatementOfApplicability
from controls.rules import Reason
from controls.soa import Decision
from risk.models import Risk
from tests.cast import NOW, House
from tests.core.evidence_sample import accepted
from tests.risk.conftest import Ward, approve_criteria, make_system

TARGET = NOW.date() + datetime.timedelta(days=90)
LATER = NOW + datetime.timedelta(days=400)
LAW = Reason("legal", link="EU AI Act, Article 26")
SOUND = Decision(included=True, reasons=[LAW], target_date=TARGET)
WHY_NOT = "No third party supplies models or data to any system in scope"


@dataclass
class Desk:
    """Meadow as those who look after controls see it; methods take things as far as a test needs."""

    house: House
    ward: Ward

    def do(self, verb: Any, who: str, **arguments: Any) -> Any:
        arguments.setdefault("now", NOW)
        actor = self.house.system if who == "system" else self.house.actor(who)
        with acting_as(actor):
            return verb(actor=actor, **arguments)

    def control(self, reference: str = "A.6.2.4") -> Control:
        return Control.objects.get(reference=reference)

    def edit(self, control: Control, **changes: Any) -> Control:
        return self.do(
            services.edit_control, "lead", control=control, changes=changes, row_version=control.row_version
        )

    def given_to(self, control: Control, who: str) -> Control:
        """Owned by somebody who may own controls beside their other role."""
        member = self.house.member[who]
        member.roles = sorted({*member.roles, "control_owner"})
        member.save()
        return self.edit(control, owner=member)

    def owned(self, reference: str = "A.6.2.4", owner: str = "control_owner") -> Control:
        return self.edit(self.control(reference), owner=self.house.member[owner], target_date=TARGET)

    def planned(self, reference: str = "A.6.2.4") -> Control:
        return self.do(services.plan, "lead", control=self.owned(reference))

    def in_progress(self, reference: str = "A.6.2.4") -> Control:
        return self.do(services.start, "control_owner", control=self.planned(reference))

    def implemented(self, reference: str = "A.6.2.4", **evidence: Any) -> Control:
        control = self.in_progress(reference)
        self.show(control, **evidence)
        return self.do(services.complete, "control_owner", control=control)

    def verified(self, reference: str = "A.6.2.4", **evidence: Any) -> Control:
        control = self.implemented(reference, **evidence)
        return self.do(services.verify, "internal_auditor", control=control, test_record="Ran 20 cases")

    def show(self, control: Control, **given: Any) -> Evidence:
        """Accepted evidence, linked to the control."""
        given.setdefault("title", f"Report on {control.reference}")
        item = accepted(self.house, **given)
        self.do(services.link_evidence, "control_owner", control=control, evidence=item)
        return item

    def treated_risk(self, *references: str) -> Risk:
        """A risk whose treatment needs these controls."""
        return self.do(
            services.plan_treatment,
            "risk_owner",
            risk=self.ward.evaluated(),
            option="modify",
            control_ids=[self.control(reference).pk for reference in references],
            plan="Test with older patients before every release",
            due_date=TARGET,
        )

    def draft(self, **given: Any) -> StatementOfApplicability:
        return self.do(soa.draft_soa, "lead", **given)

    def entry(self, version: StatementOfApplicability, reference: str) -> SoAEntry:
        return SoAEntry.objects.select_related("soa", "control").get(
            soa=version, control__reference=reference
        )

    def decide(
        self, version: StatementOfApplicability, reference: str, decision: Decision = SOUND, **given: Any
    ) -> Any:
        entry = self.entry(version, reference)
        given.setdefault("row_version", entry.row_version)
        return self.do(soa.decide, given.pop("who", "lead"), entry=entry, decision=decision, **given)

    def leave_out(self, version: StatementOfApplicability, reference: str = "A.10.3") -> Any:
        decision = Decision(included=False, justification=WHY_NOT, exclusion_link="RA-2026-1")
        return self.decide(version, reference, decision)

    def complete_draft(self, *, left_out: str = "A.10.3") -> StatementOfApplicability:
        """A draft with nothing missing: all controls included by law, one left out."""
        version = self.draft()
        others = SoAEntry.objects.filter(soa=version).exclude(control__reference=left_out)
        self.do(
            soa.decide_many,
            "lead",
            soa=version,
            entry_ids=list(others.values_list("pk", flat=True)),
            decision=soa.BulkDecision(reason=LAW, target_date=TARGET),
        )
        self.leave_out(version, left_out)
        return version

    def in_review(self) -> StatementOfApplicability:
        return self.do(soa.submit_soa, "lead", soa=self.complete_draft())

    def approved(self) -> StatementOfApplicability:
        return self.do(soa.approve_soa, "top", soa=self.in_review())

    def next_approved(self, *, now: datetime.datetime = LATER) -> StatementOfApplicability:
        """The version after the approved one, with nothing changed."""
        version = self.draft(now=now)
        self.do(soa.submit_soa, "lead", soa=version, now=now)
        return self.do(soa.approve_soa, "top", soa=version, now=now)


@pytest.fixture
def desk(acting: House) -> Desk:
    """Meadow with its 38 controls, approved risk criteria and one system."""
    approve_criteria(acting)
    return Desk(acting, Ward(acting, make_system(acting)))
