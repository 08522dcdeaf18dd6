"""Every place in the code that writes a line of the trail says what changed, or stands here with why not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
APPS = ("aims", "inventory", "risk", "controls", "audits")
TOLD = {"before", "after", "reason"}

#: Action -> why the line carries no value.
WITHOUT_VALUES = {
    "alert.escalated": "the clock of the alert ran out; its own page says to whom it went",
    "auditornote.rewritten": "an auditor's note is private until shared: not even its length is told",
    "auditornote.written": "the same",
    "engagement.preview_begun": "looking changes nothing",
    "engagement.preview_ended": "the same",
    "evidence.viewed": "reading changes nothing",
    "evidencepack.downloaded": "reading changes nothing",
    "findingdraft.rewritten": "an auditor's draft is private until issued",
    "findingdraft.written": "the same",
    "member.hand_over_completed": "a note is settled; what was handed over has lines of its own",
    "member.renamed": "a person's name stays out of the line; row history has it",
    "metric.activated": "the line names the metric, and the act says what changed",
    "sign_in.single_sign_on": "signing in changes nothing",
}

#: Action -> why the line names no record.
WITHOUT_RECORD = {
    "action": "reading by guests: the page and the number on it are values of the line",
    "concern.noted": "its readers must not learn of a single case: the digest of a line beside the concern",
    "controls.adopted": "many records at once: how many",
    "discoveredai.list_taken": "many records at once: how many",
    "trail.verified": "about the whole chain",
}

#: Verb -> why it writes and leaves no line of its own.
WITHOUT_LINE = {
    "aims.core.jobs.enqueue": "a tool of verbs: what the job does is told by whoever asked and by the job",
    "aims.core.jobs.retry": "a tool of retry_job, which tells",
    "inventory.services.gate_records.write_gate_record": "a tool of the gates: the step tells",
}
WRITING = {"create", "bulk_create", "save", "update", "delete", "get_or_create", "update_or_create"}


@dataclass(frozen=True)
class Verb:
    """A function of the project: whether it is a verb, whether it writes by itself, and what it calls."""

    name: str
    is_verb: bool
    writes: bool
    calls: frozenset[str]


def sources() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            inside = path.relative_to(ROOT)
            if not {"migrations", "bench"} & set(inside.parts):
                yield inside.with_suffix("").as_posix().replace("/", "."), ast.parse(path.read_text())


def lines_written() -> Iterator[tuple[str, set[str]]]:
    """(action, names of the arguments) of every call of trail.record."""
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "trail.record":
                action = node.args[1]
                name = action.value if isinstance(action, ast.Constant) else ast.unparse(action)
                told = {keyword.arg or "" for keyword in node.keywords}
                yield str(name), told | ({"record"} if len(node.args) > 2 else set())


def functions() -> Iterator[Verb]:
    for module, tree in sources():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
                keywords = {argument.arg for argument in node.args.kwonlyargs}
                yield Verb(
                    f"{module}.{node.name}",
                    "actor" in keywords and not node.name.startswith("_"),
                    any(isinstance(call, ast.Attribute) and call.attr in WRITING for call in calls),
                    frozenset(ast.unparse(call) for call in calls),
                )


def last(name: str) -> str:
    return name.rpartition(".")[2]


def telling(known: list[Verb]) -> set[str]:
    """Names of functions that write a line, by themselves or through another of the project."""
    found = {"trail.record"}
    while True:
        names = {last(each) for each in found - {"trail.record"}}
        more = {
            each.name
            for each in known
            if "trail.record" in each.calls
            or names & {last(call) for call in each.calls if call.count(".") < 2}
        }
        if more <= found:
            return found
        found |= more


def test_every_line_of_the_trail_carries_what_changed_or_why() -> None:
    found = list(lines_written())

    assert {action for action, told in found if not told & TOLD} == set(WITHOUT_VALUES)
    assert {action for action, told in found if "record" not in told} == set(WITHOUT_RECORD)
    assert len(found) > 100


def test_every_verb_that_writes_leaves_a_line() -> None:
    known = list(functions())
    writers = {last(each.name) for each in known if each.writes}
    verbs = [
        each
        for each in known
        if each.is_verb and (each.writes or {last(call) for call in each.calls} & writers)
    ]

    silent = {each.name for each in verbs} - telling(known)
    assert silent == set(WITHOUT_LINE)
    assert len(verbs) > 150
