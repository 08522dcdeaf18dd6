"""The verbs of controls; the life cycle of the Statement of Applicability is in `controls.soa`."""

from controls.services.evidence import link_evidence, unlink_evidence
from controls.services.implementation import (
    VERBS,
    complete,
    degrade,
    exclude,
    include,
    move_to,
    plan,
    repair,
    start,
    verify,
)
from controls.services.library import add_control, adopt_library, edit_control
from controls.services.treatment import plan_treatment, revise_treatment

__all__ = [
    "VERBS",
    "add_control",
    "adopt_library",
    "complete",
    "degrade",
    "edit_control",
    "exclude",
    "include",
    "link_evidence",
    "move_to",
    "plan",
    "plan_treatment",
    "repair",
    "revise_treatment",
    "start",
    "unlink_evidence",
    "verify",
]
