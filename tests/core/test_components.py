"""Components declare what they take, and the templates use nothing else."""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from aims.core import charts
from aims.core.templatetags import components, formats
from aims.core.templatetags.charts import sparkline, stack, timeline, trace

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
COMPONENTS = TEMPLATES / "cotton"
PASSES_ON = {"button", "form", "table", "segments", "chips"}
HTML_ATTRIBUTES = {"name", "value", "form", "formaction", "id", "rel", "download", "class", "autofocus"}

TAG = re.compile(
    r"<c-(?P<name>[a-z-]+)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|\{%.*?%\}|\{\{.*?\}\}|[^>\"'])*?)/?>", re.S
)
ATTRIBUTE = re.compile(r"(?:^|\s)(:{0,2}[A-Za-z][\w-]*)(?=[\s=]|$)")
SLOT = re.compile(r"<c-slot name=\"(?P<name>\w+)\"")
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
UNSAFE = re.compile(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|hx-on", re.I)


def all_templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def attribute_names(attributes: str) -> set[str]:
    bare = QUOTED.sub('""', re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", attributes))
    return {name.lstrip(":") for name in ATTRIBUTE.findall(bare)}


def declared(name: str) -> set[str]:
    source = (COMPONENTS / f"{name.replace('-', '_')}.html").read_text()
    found = re.search(r"<c-vars(.*?)/>", source, re.S)
    return attribute_names(found.group(1)) if found else set()


def uses(source: str) -> Iterator[tuple[str, set[str]]]:
    for tag in TAG.finditer(source):
        if tag["name"] not in {"vars", "slot"}:
            yield tag["name"], attribute_names(tag["attributes"])


def undeclared(source: str) -> list[str]:
    wrong = []
    for name, attributes in uses(source):
        if not (COMPONENTS / f"{name.replace('-', '_')}.html").exists():
            wrong.append(f"c-{name} does not exist")
            continue
        known = declared(name) | (HTML_ATTRIBUTES if name in PASSES_ON else set())
        extra = {
            attribute
            for attribute in attributes - known
            if not (name in PASSES_ON and attribute.startswith(("data-", "aria-")))
        }
        wrong += [f"c-{name} does not declare {attribute}" for attribute in sorted(extra)]
    return wrong


def rendered(source: str, **context: object) -> str:
    template = engines["django"].from_string(CottonCompiler().process(source))
    return template.render(context, request=RequestFactory().get("/", {"sort": "-title", "page": "3"}))


class ChoiceForm(forms.Form):
    title = forms.CharField(help_text="One sentence.")
    treatment = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "Accept"), ("b", "Avoid")])


@pytest.mark.parametrize("path", all_templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_uses_only_declared_attributes(path: Path) -> None:
    assert undeclared(path.read_text()) == []


@pytest.mark.parametrize("path", all_templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_slots_have_a_name_that_a_component_declares(path: Path) -> None:
    known = {name for component in COMPONENTS.glob("*.html") for name in declared(component.stem)}

    assert set(SLOT.findall(path.read_text())) - known == set()


def test_the_scan_finds_an_undeclared_attribute_and_an_unknown_component() -> None:
    assert undeclared('<c-tag colour="red" label="x" />') == ["c-tag does not declare colour"]
    assert undeclared("<c-nothing />") == ["c-nothing does not exist"]


def test_the_examples_in_the_documentation_use_only_declared_attributes() -> None:
    assert undeclared((ROOT / "docs/components.md").read_text().replace("<c-name attribute", "<x")) == []


@pytest.mark.parametrize("path", sorted(COMPONENTS.glob("*.html")), ids=lambda path: path.stem)
def test_component_declares_defaults_and_says_what_it_is(path: Path) -> None:
    source = path.read_text()

    assert source.startswith(("{#", "{% comment %}"))
    assert "<c-vars" in source
    declaration = QUOTED.sub('""', re.search(r"<c-vars(.*?)/>", source, re.S).group(1))
    assert all("=" in word for word in declaration.split()), (
        "each attribute needs a default, or the page's leaks in"
    )


@pytest.mark.parametrize("path", all_templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_holds_no_inline_script_or_style(path: Path) -> None:
    assert UNSAFE.findall(path.read_text()) == []


def test_text_given_to_a_component_is_escaped_once() -> None:
    html = rendered('<c-tag label="{{ text }}" />', text='<b>Tom & "Jerry"</b>')

    assert "&lt;b&gt;Tom &amp; &quot;Jerry&quot;&lt;/b&gt;" in html
    assert "&amp;lt;" not in html


def test_a_default_inside_an_attribute_keeps_its_quotes() -> None:
    assert ">Save the draft</button>" in rendered('<c-button label="{{ none|default:"Save the draft" }}" />')


def test_field_ties_hint_and_error_to_the_control() -> None:
    html = rendered('<c-field :field="form.title" />', form=ChoiceForm({}))

    assert 'for="id_title"' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html


def test_choices_become_a_fieldset_with_a_legend() -> None:
    html = rendered('<c-field :field="form.treatment" as="segments" />', form=ChoiceForm({"treatment": "b"}))

    assert "<legend>Treatment" in html
    assert html.count('type="radio"') == 2
    assert html.count("checked") == 1


def test_error_summary_links_to_the_first_control_of_each_field() -> None:
    html = rendered('<c-error-summary :form="form" />', form=ChoiceForm({}))

    assert 'href="#id_title"' in html
    assert 'href="#id_treatment_0"' in html


def test_form_is_protected_and_multipart_only_with_files() -> None:
    html = rendered('<c-form :form="form" submit="Add risk" />', form=ChoiceForm())

    assert "csrfmiddlewaretoken" in html
    assert "enctype" not in html
    assert "Add risk" in html


def test_score_picker_has_one_radio_per_cell() -> None:
    matrix = charts.matrix(likelihoods=["Rare", "Likely"], impacts=["Minor", "Major"], level_of=lambda *_: 2)

    html = rendered('<c-score-picker name="score" :matrix="matrix" value="2-1" />', matrix=matrix)

    assert re.findall(r'value="(\d-\d)"', html) == ["2-1", "2-2", "1-1", "1-2"]
    assert re.search(r'value="2-1"[^>]*checked', html)
    assert html.count("checked") == 1


def test_job_stops_asking_when_it_is_done() -> None:
    running = rendered('<c-job-progress id="j" url="/j" state="running" title="Pack" />')
    done = rendered('<c-job-progress id="j" url="/j" state="done" title="Pack" />')

    assert 'data-hx-trigger="every 2s"' in running
    assert 'href="/j"' in running
    assert "data-hx-get" not in done


def test_a_blocked_task_is_no_link_and_a_finished_one_has_no_colour() -> None:
    blocked = rendered('<c-task title="Fairness" url="/f" state="blocked" />')
    done = rendered('<c-task title="Fairness" url="/f" state="done" />')

    assert "<a " not in blocked
    assert "tag-" not in done
    assert "Completed" in done


def test_sorting_keeps_filters_and_turns_round() -> None:
    html = rendered(
        '{% load components %}{% table_columns "title=Risk" "ref=Ref" "Links" as columns %}'
        '<c-table caption="Risks" :columns="columns" />'
    )

    assert 'aria-sort="descending"><a href="?sort=title">Risk' in html
    assert 'aria-sort="none"><a href="?sort=ref">Ref' in html
    assert 'role="columnheader">Links' in html


def test_pages_keep_the_rest_of_the_address() -> None:
    from django.core.paginator import Paginator

    html = rendered('<c-pagination :page="page" noun="risk" />', page=Paginator(range(214), 50).get_page(3))

    assert "101–150 of 214 risks" in html
    assert 'href="?sort=-title&amp;page=2"' in html
    assert 'href="?sort=-title&amp;page=4"' in html


def test_risk_without_a_level_is_not_scored() -> None:
    assert "Not scored" in rendered('<c-risk-tag :level="level" />', level=None)
    assert "Critical" in rendered('<c-risk-tag :level="level" />', level=4)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1_258_291, "1.3 MB"), (140_000_000, "140.0 MB")]
)
def test_sizes(value: int, text: str) -> None:
    assert formats.size(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(0, 0, "–"), (7, 9, "78%"), (999, 1000, "99%"), (38, 38, "100%")]
)
def test_a_share_is_a_hundred_only_when_all_count(part: int, whole: int, text: str) -> None:
    assert formats.percent(part, whole) == text


def test_dates_are_written_in_one_way() -> None:
    day = datetime.date(2027, 1, 2)

    assert formats.day(day) == '<time datetime="2027-01-02">2 Jan 2027</time>'
    assert formats.plain_day(None) == "–"


@pytest.mark.parametrize(("count", "text"), [(1, "1 entry"), (0, "0 entries"), (1200, "1,200 entries")])
def test_counted(count: int, text: str) -> None:
    assert components.counted(count, "entry,entries") == text


def test_every_named_icon_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/vendor/icons.svg").read_text()))
    named = {
        name
        for path in all_templates()
        for name in re.findall(r'(?:\{% icon |\bicon=)"([a-z0-9-]+)"', path.read_text())
    }

    assert named - sprite == set()
    assert len(named) > 20


def test_timeline_ends_its_bold_line_before_what_comes_next() -> None:
    milestones = [
        charts.Milestone("A", "1 Jan", "done"),
        charts.Milestone("B", "1 Feb", "next"),
        charts.Milestone("C", "1 Mar"),
    ]

    placed = charts.place_timeline(milestones, width=300, margin=50)

    assert [point.x for point in placed.placed] == [50, 150, 250]
    assert placed.progress_x == 130
    assert "A, 1 Jan, done; B, 1 Feb, next" in timeline(milestones)


def test_sparkline_needs_two_values() -> None:
    assert sparkline([3], "Open") == ""
    assert 'aria-label="Open: 1, 2"' in sparkline([1, 2], "Open")


def test_stack_fills_the_bar() -> None:
    parts = charts.stack_parts([("ok", 2), ("part", 0), ("gap", 2)])

    assert [(part.css_class, part.x, part.width) for part in parts] == [("ok", 0, 50), ("gap", 50, 50)]
    assert "v-stripe" in stack(2, 0, 2)


def test_trace_leaves_out_edges_to_what_is_not_shown_and_escapes_labels() -> None:
    columns = [charts.TraceColumn("Risk", [charts.TraceNode("R-1", "<script>", "/r")])]

    svg = trace(columns, [("R-1", "A.9.9")])

    assert "<path" not in svg
    assert "&lt;script&gt;" in svg
    assert 'href="/r"' in svg


def test_charts_carry_no_style_attributes() -> None:
    drawn = timeline([charts.Milestone("A", "1 Jan")]) + sparkline([1, 2], "x") + stack(1, 1, 1)

    assert "style=" not in drawn


def test_a_registered_panel_has_its_own_values_and_those_of_the_page() -> None:
    html = rendered(
        '{% load components %}{% registered_panel "core/_search_results.html" panel %}|{{ query }}',
        panel={"query": "R-<3", "results": []},
        query="page",
    )

    assert "Nothing matches “R-&lt;3”" in html
    assert html.endswith("|page")
