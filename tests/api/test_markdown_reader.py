"""Anybody's Markdown, read as a note."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.content import to_json, to_text
from api.markdown import to_markdown
from api.markdown_reader import LINK_ATTRIBUTES, from_markdown
from sync.kinds import TEXT
from sync.tree import Element, Text
from tests.api.trees import SIGNS

from api.note_schema import NOTE_ROOT, NOTE_SCHEMA  # isort: skip


def first(markdown: str) -> tuple[Element | Text, ...]:
    block = from_markdown(markdown).children[0]
    assert isinstance(block, Element)
    return block.children


def test_headings_lists_and_marks_are_read() -> None:
    tree = from_markdown("# T\n\n- a\n  1. b\n\nx **y** _z_ <u>u</u>")
    assert to_text(tree) == "T\na\nb\nx y z u"
    assert [block.tag for block in tree.children if isinstance(block, Element)] == [
        "heading",
        "bulletList",
        "paragraph",
    ]


def test_every_line_break_is_kept() -> None:
    assert to_text(from_markdown("a\nb  \nc\\\nd<br>e")) == "a\nb\nc\nd\ne"


def test_a_link_is_as_the_editor_makes_it() -> None:
    assert first("[x](https://example.org)") == (
        Text("x", {"link": {"href": "https://example.org", **LINK_ATTRIBUTES}}),
    )


@pytest.mark.parametrize(
    "markdown",
    [
        "[x](javascript:alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x](data:text/html;base64,PHN2Zz4=)",
        "[x](&#106;avascript:alert&#40;1&#41;)",
        "[x][1]\n\n[1]: javascript:alert(1)",
        "![x](javascript:alert(1))",
    ],
)
def test_a_hostile_link_keeps_its_words_only(markdown: str) -> None:
    assert first(markdown) == (Text("x"),)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("> quoted\n> twice", "quoted\ntwice"),
        ("```py\nx = 1\n\ny\n```", "x = 1\n\ny"),
        ("    indented", "indented"),
        ("a `b*c*` d", "a b*c* d"),
        ("![alt](https://example.org/i.png)", "alt"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a <b>c</b> <i>d</i> </u>", "a c d </u>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("~~gone~~", "~~gone~~"),
        ("a\n\n---\n\nb", "a\nb"),
        ("###### small", "small"),
    ],
)
def test_what_a_note_cannot_hold_keeps_its_words(markdown: str, text: str) -> None:
    assert to_text(from_markdown(markdown)) == text


def test_lists_deeper_than_a_document_goes_are_read_as_deep_as_it_goes() -> None:
    nested = "\n".join(f"{'  ' * depth}- {depth}" for depth in range(40))
    tree = from_markdown(nested)
    assert to_text(tree) == "\n".join(str(depth) for depth in range(40))
    assert_fits(tree, NOTE_ROOT)
    assert depth_of(tree) < 32


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(SIGNS + "\n"), max_size=80))
def test_whatever_is_read_fits_the_schema_and_is_written_as_the_same(markdown: str) -> None:
    tree = from_markdown(markdown)
    assert_fits(tree, NOTE_ROOT)
    assert to_json(from_markdown(to_markdown(tree))) == to_json(tree)


def assert_fits(node: Element, tag: str) -> None:
    for child in node.children:
        name = TEXT if isinstance(child, Text) else child.tag
        assert name in NOTE_SCHEMA.children[tag], f"{name} in {tag}"
        if isinstance(child, Element):
            assert child.attributes.keys() <= NOTE_SCHEMA.attributes.get(child.tag, frozenset())
            if child.tag == "listItem":
                assert isinstance(child.children[0], Element)
                assert child.children[0].tag == "paragraph"
            assert_fits(child, child.tag) if child.children else None


def depth_of(node: Element | Text) -> int:
    return 1 + max(map(depth_of, node.children), default=0) if isinstance(node, Element) else 0
