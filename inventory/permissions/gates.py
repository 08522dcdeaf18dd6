"""Who may take the steps of a system's life cycle (SM-01), with their records."""

from __future__ import annotations

from aims.core.permissions import LEAD, TOP, Verb, moves, owner_is, writes
from inventory.permissions.holders import GATES_WRITE, KEEPERS, OWNER, WRITE

ALL_STEPS = (
    "accept_intake reject_intake gate_inception gate_inception_buy gate_build_done fail_validation"
    " gate_validated go_live send_back trigger_re_evaluation confirm_fit rework decide_retire suspend"
    " review_suspension complete_retirement"
)


TABLE = {
    "move_system": Verb(
        "Moving an AI system along its life cycle",
        KEEPERS | OWNER | {TOP},
        scope=GATES_WRITE,
        on=moves("inventory", "SM-01", ALL_STEPS),
    ),
    "lead_gate": Verb(
        "Accepting an intake, confirming a system or completing its retirement",
        frozenset({LEAD}),
        on=moves("inventory", "SM-01", "accept_intake confirm_fit complete_retirement"),
    ),
    "decide_gate": Verb(
        "Letting a system go live, or rejecting its intake",
        frozenset({LEAD, TOP}),
        on=moves("inventory", "SM-01", "go_live reject_intake"),
    ),
    "pass_gate": Verb(
        "Passing the gates of inception, or sending a deployment back",
        frozenset({LEAD}),
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=moves("inventory", "SM-01", "gate_inception gate_inception_buy send_back"),
    ),
    "own_gate": Verb(
        "Passing the gates of building and validating an own system",
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=moves(
            "inventory", "SM-01", "gate_build_done fail_validation gate_validated rework review_suspension"
        ),
    ),
    "trigger_re_evaluation": Verb(
        "Starting the re-evaluation of a system",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=GATES_WRITE,
        on=moves("inventory", "SM-01", "trigger_re_evaluation"),
    ),
    "end_system": Verb(
        "Suspending or retiring a system",
        frozenset({LEAD, TOP}),
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=moves("inventory", "SM-01", "suspend decide_retire"),
    ),
    "write_stage_record": Verb(
        "Writing the records of a stage",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=WRITE,
        on=writes("inventory"),
    ),
    "approve_deviation": Verb(
        "Approving a deviation from the criteria of a validation",
        frozenset({LEAD, TOP}),
        on=writes("inventory"),
    ),
    "request_go_live": Verb(
        "Asking for a go-live",
        frozenset({LEAD}),
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=writes("inventory"),
    ),
}
