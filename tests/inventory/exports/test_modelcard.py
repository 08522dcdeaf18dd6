from __future__ import annotations

import re

from lxml import etree
from markdown_it import MarkdownIt

from inventory.exports.modelcard import html_page, markdown, model_card
from tests.inventory.exports.conftest import register_of


def test_the_card_says_what_is_recorded_and_names_what_is_not(full, bare):
    register = register_of(full, bare)
    card = model_card(bare, register)

    assert "Use: Purpose is not recorded." in card.gaps
    assert "Human oversight: Watched over by is not recorded." in card.gaps
    assert not [gap for gap in model_card(full, register).gaps if "not recorded." in gap]
    assert [section.title for section in model_card(full, register).sections] == [
        "System",
        "Use",
        "People and data",
        "Human oversight",
        "What it is made of",
        "Where the entries come from",
    ]


def test_the_parts_say_what_was_measured_in_words(told):
    facts = dict(model_card(told, register_of(told)).sections[4].facts)

    assert facts["Model"] == "chest-net 3.1"
    assert facts["chest-net: Measures"].startswith("AUC: 0.91 on women over 60 (0.89 to 0.93); AUC: 0.935; ")
    assert facts["chest-net: Limitations"] == "Not tried on children; Large images only"
    assert "**Chest images: Known bias:** One hospital; Fewer nights" in markdown(register_of(told))


def test_zero_people_affected_is_recorded(full):
    facts = dict(model_card(full, register_of(full)).sections[2].facts)

    assert facts["Number of people affected"] == "0"


def test_markdown_prints_what_people_typed_as_text(full, bare):
    text = markdown(register_of(full, bare))
    rendered = MarkdownIt().render(text)

    assert text.count("# Model card") == 2
    assert "Invoice *sorter*" in rendered
    assert "<em>" not in rendered
    assert "<script>" not in rendered
    assert "Contact persons &lt;script&gt;" in rendered
    assert "Example &amp; Sons" in rendered


def test_html_stands_alone_and_holds_no_markup_of_the_record(full, bare):
    page = html_page(register_of(full, bare))
    tree = etree.fromstring(page, etree.HTMLParser())

    assert len(tree.findall(".//article")) == 2
    assert tree.findall(".//script") == []
    assert tree.findall(".//b") == []
    assert not re.search(r"src=|href=|style=", page)
    assert "Contact persons &lt;script&gt;" in page
