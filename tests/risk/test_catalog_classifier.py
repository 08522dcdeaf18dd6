from __future__ import annotations

from datetime import date

from aims.core.catalogs import CLASSIFIER, catalog

CATALOG = catalog(CLASSIFIER)
NODES = {row["id"]: row for row in CATALOG["nodes"]}
OUTCOMES = {row["id"]: row for row in CATALOG["outcomes"]}
TRACKS = {row["id"]: row["start"] for row in CATALOG["meta"]["tracks"]}
END = "END"
ANSWERS = [(node, answer) for node in NODES.values() for answer in node["answers"]]


def nodes_after(start: str, path: tuple[str, ...] = ()) -> set[str]:
    assert start not in path, f"{start} leads back to itself"
    onward = {answer["next"] for answer in NODES[start]["answers"]} - {END}
    return {start}.union(*(nodes_after(each, (*path, start)) for each in onward))


def test_every_answer_leads_to_the_end_or_to_a_node_of_its_track():
    for node, answer in ANSWERS:
        assert answer["next"] == END or NODES[answer["next"]]["track"] == node["track"], node["id"]


def test_every_node_is_reached_and_no_path_runs_in_a_circle():
    reached = set().union(*(nodes_after(start) for start in TRACKS.values()))

    assert reached == set(NODES)


def test_every_track_ends():
    assert {node["track"] for node, answer in ANSWERS if answer["next"] == END} == set(TRACKS)


def test_every_outcome_is_given_by_some_answer():
    assert {outcome for _, answer in ANSWERS for outcome in answer.get("outcomes", ())} == set(OUTCOMES)


def test_the_classes_shown_are_made_of_outcomes():
    shown = {outcome for row in CATALOG["meta"]["display_classes"].values() for outcome in row}

    assert shown <= set(OUTCOMES)


def test_every_point_of_article_5_is_asked():
    points = {f"5(1)({letter})" for letter in ["a", "b", "ba", "bb", "c", "d", "e", "f", "g", "h"]}

    assert points <= {node["article"] for node in NODES.values()}


def test_the_eight_areas_of_annex_iii_are_offered():
    named = [answer["set"]["annex_iii"] for answer in NODES["H4"]["answers"] if "set" in answer]
    areas = {points[0] for points in named if points != "unknown"}

    assert len(areas) == 8


def test_obligations_are_unique_and_dated():
    obligations = [(name, row["id"]) for name, each in OUTCOMES.items() for row in each["obligations"]]
    days = [row["applies_from"] for each in OUTCOMES.values() for row in each["obligations"]]

    assert len(obligations) == len(set(obligations)) > 50
    assert all(date.fromisoformat(str(day)) for day in days)
    assert all(date.fromisoformat(row["date"]) for row in CATALOG["calendar"])
