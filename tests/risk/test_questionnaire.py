from __future__ import annotations

from risk.questionnaire import (
    assessment_questions,
    dimensions,
    screening_bands,
    screening_questions,
    sections,
)


def test_the_questionnaire_is_read_as_published():
    assert len(screening_questions()) == 14
    assert len(assessment_questions()) == 65
    assert [section.id for section in sections()] == [f"S{n}" for n in range(10)]
    assert [dimension.id for dimension in dimensions()][:3] == [
        "accountability",
        "transparency",
        "explainability",
    ]


def test_a_question_knows_its_options_and_its_trigger():
    first = screening_questions()[0]

    assert (first.id, first.trigger_on, first.trigger_action) == ("SCR-01", ("yes",), "stop_and_escalate")
    assert first.option("unsure").score == 2
    assert first.option("maybe") is None


def test_the_bands_are_open_at_both_ends():
    assert [(band.id, band.lowest, band.highest) for band in screening_bands()] == [
        ("screened_out", 0, 4),
        ("light", 5, 8),
        ("full", 9, None),
    ]
