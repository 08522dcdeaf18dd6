import pytest

from aims.core.queries.trail import spoken


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("risk.complete_treatment", "completed treatment"),
        ("aisystem.evidence_linked", "linked evidence"),
        ("control.plan", "planned"),
        ("risk.identified", "identified"),
        ("evidencepack.build", "built"),
        ("risk.controls_chosen", "chose controls"),
        ("certificate.apply", "applied"),
    ],
)
def test_an_action_reads_as_one_would_say_it(action: str, words: str) -> None:
    assert spoken(action) == words
