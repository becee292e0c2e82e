"""Markdown, written and read again."""

import pytest
from hypothesis import given, settings

from api.content import to_json
from api.markdown import to_markdown
from api.markdown_reader import from_markdown
from sync.tree import Element, Text
from tests.api.trees import notes


def paragraph(*children: Element | Text) -> Element:
    return Element("", {}, (Element("paragraph", {}, children),))


@settings(max_examples=80, deadline=None)
@given(notes())
def test_what_is_written_is_read_as_the_same_note(tree: Element) -> None:
    assert to_json(from_markdown(to_markdown(tree))) == to_json(tree)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(max_examples=3_000, deadline=None)
@given(notes())
def test_what_is_written_is_read_as_the_same_note_at_length(tree: Element) -> None:
    assert to_json(from_markdown(to_markdown(tree))) == to_json(tree)


@pytest.mark.parametrize(
    ("runs", "written"),
    [
        ([Text("a "), Text("bold", {"bold": {}}), Text(" b")], "a **bold** b"),
        ([Text("a "), Text("soft", {"italic": {}}), Text(" b")], "a _soft_ b"),
        ([Text("a"), Text("soft", {"italic": {}}), Text("b")], "a*soft*b"),
        ([Text("both", {"bold": {}, "italic": {}})], "**_both_**"),
        ([Text("a "), Text(" wide ", {"bold": {}}), Text(" b")], "a <strong> wide </strong> b"),
        ([Text("under", {"underline": {}})], "<u>under</u>"),
        ([Text("x", {"link": {"href": "https://example.org/"}})], "[x](https://example.org/)"),
        ([Text("x"), Element("hardBreak"), Text("y")], "x\\\ny"),
        ([Text("x"), Element("hardBreak")], "x<br>"),
        ([Text("code", {"code": {}})], "`code`"),
        ([Text("gone", {"strike": {}})], "~~gone~~"),
        ([Text("1. not a list")], "1\\. not a list"),
        ([Text("+33 6 12 34 56 78, -5 °C, snake_case")], "+33 6 12 34 56 78, -5 °C, snake_case"),
        ([Text(" x ")], "&#32;x&#32;"),
        ([Text("&nbsp; & b")], "\\&nbsp; & b"),
        ([], "&nbsp;"),
    ],
)
def test_everyday_markdown_looks_like_it(runs: list[Element | Text], written: str) -> None:
    assert to_markdown(paragraph(*runs)) == written


def test_lists_are_numbered_indented_and_kept_apart() -> None:
    def items(*words: str) -> tuple[Element, ...]:
        return tuple(Element("listItem", {}, paragraph(Text(word)).children) for word in words)

    tree = Element(
        "",
        {},
        (
            Element("bulletList", {}, items("a", "b")),
            Element("bulletList", {}, items("c")),
            Element("orderedList", {"start": 9}, items("d", "e")),
            Element("taskList", {}, (Element("taskItem", {"checked": True}, paragraph(Text("f")).children),)),
            Element("blockquote", {}, paragraph(Text("g")).children),
            Element("codeBlock", {"language": "sh"}, (Text("h"),)),
        ),
    )
    assert to_markdown(tree) == "- a\n- b\n\n* c\n\n9. d\n10. e\n\n- [x] f\n\n> g\n\n```sh\nh\n```"
