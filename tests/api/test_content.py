"""A note's tree as text, as JSON, and from plain text."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.content import EXCERPT_LENGTH, from_text, safe_href, to_excerpt, to_json, to_text
from api.markdown import to_markdown
from sync.tree import Element, Text
from tests.api.trees import notes


def paragraph(*children: Element | Text) -> Element:
    return Element("paragraph", {}, children)


def note(*blocks: Element) -> Element:
    return Element("", {}, blocks)


BREAK = Element("hardBreak")


def test_text_has_a_line_for_each_block_and_each_hard_break() -> None:
    items = tuple(Element("listItem", {}, (paragraph(Text(word)),)) for word in ("one", "two"))
    tree = note(
        Element("heading", {"level": 2}, (Text("Title"),)),
        paragraph(Text("a "), Text("bold", {"bold": {}}), BREAK, Text(" b ")),
        paragraph(),
        Element("bulletList", {}, items),
        paragraph(),
    )
    assert to_text(tree) == "Title\na bold\n b \n\none\ntwo\n"


def test_an_empty_note_has_no_text_and_one_empty_block_neither() -> None:
    assert to_text(note()) == ""
    assert to_text(note(paragraph())) == ""
    assert to_text(note(paragraph(), paragraph())) == "\n"


def test_nested_lists_and_later_nodes_keep_their_words() -> None:
    inner = Element("bulletList", {}, (Element("listItem", {}, (paragraph(Text("deep")),)),))
    tree = note(
        Element("orderedList", {"start": 3.0}, (Element("listItem", {}, (paragraph(Text("top")), inner)),)),
        Element("taskList", {}, (Element("taskItem", {"checked": True}, (paragraph(Text("done")),)),)),
        Element("blockquote", {}, (paragraph(Element("mention", {"id": "usr_1", "label": "Tom"})),)),
        Element("codeBlock", {}, (Text("x = 1\ny = 2"),)),
        Element("horizontalRule"),
    )
    assert to_text(tree) == "top\ndeep\ndone\n@Tom\nx = 1\ny = 2\n"


def test_json_is_what_the_editor_reads() -> None:
    tree = note(
        Element("heading", {"level": "2"}, (Text("T"), Text(""), Text("wo"))),
        Element("orderedList", {"start": 4.0}, (Element("listItem", {}, (paragraph(BREAK),)),)),
        paragraph(Text("x", {"link--aB3": {"href": "https://example.org", "class": "evil"}, "bold": {}, "blink": {}})),
    )
    assert to_json(tree) == {
        "type": "doc",
        "content": [
            {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Two"}]},
            {
                "type": "orderedList",
                "attrs": {"start": 4},
                "content": [
                    {"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "hardBreak"}]}]}
                ],
            },
            {
                "type": "paragraph",
                "content": [
                    {
                        "type": "text",
                        "text": "x",
                        "marks": [
                            {"type": "link", "attrs": {"href": "https://example.org"}},
                            {"type": "bold"},
                        ],
                    }
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "java\tscript:alert(1)",
        "\x00javascript:alert(1)",
        "\x1fjavascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "blob:https://example.org/1",
        "//example.org",
        "/api/v1/session",
        "example.org",
        "javascript&colon;alert(1)",
        "",
        None,
        7,
        ["https://example.org"],
    ],
)
def test_a_hostile_link_is_in_no_rendering_but_its_words_are(href: Any) -> None:
    tree = note(paragraph(Text("words", {"link": {"href": href}})))
    assert safe_href(href) is None
    assert to_text(tree) == to_markdown(tree) == "words"
    assert to_json(tree)["content"][0]["content"] == [{"type": "text", "text": "words"}]


@pytest.mark.parametrize("href", ["https://a.example", "HTTP://a.example", "mailto:a@b.example", "tel:+33", "https:x"])
def test_an_honest_link_stays(href: str) -> None:
    assert safe_href(f"\n{href} ") == href


@given(st.text())
def test_plain_text_comes_back_as_it_was(text: str) -> None:
    assert to_text(from_text(text)) == text.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=40, deadline=None)
@given(notes())
def test_text_and_json_hold_the_same_words(tree: Element) -> None:
    def words(node: dict[str, Any]) -> str:
        return node.get("text", "") + "".join(words(child) for child in node.get("content", ()))

    rendered = to_json(tree)
    assert json.loads(json.dumps(rendered)) == rendered
    assert words(rendered) == to_text(tree).replace("\n", "")


def test_an_excerpt_is_one_line_cut_between_words() -> None:
    assert to_excerpt("  a\n\n b ") == "a b"
    cut = to_excerpt("word " * 100)
    assert len(cut) <= EXCERPT_LENGTH + 1
    assert cut.endswith("word…")
    assert to_excerpt("x" * 500) == "x" * EXCERPT_LENGTH + "…"
