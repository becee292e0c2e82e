"""What may stand where in a note and in a map: everything the editor makes, nothing it would delete."""

import re
from dataclasses import replace
from typing import Any

import pytest

from api.note_schema import NOTE_SCHEMA
from sync.errors import SchemaBroken
from sync.index import NOWHERE, Place
from sync.kinds import TEXT, Schema
from sync.limits import Limits
from sync.scanner import Index, Scan, scan
from tests.sync.updates import A, B, deleted, garbage, mark, node, paragraph, raw_mark, text_node, update, value, words

LIMITS = Limits()
MAP = Schema(roots={"properties": "map"})


def scanned(*structs: bytes, schema: Schema = NOTE_SCHEMA, index: Index | None = None, limits: Limits = LIMITS) -> Scan:
    return scan(update({A: (0, structs)}), index or Index(), schema, limits)


def taken(*structs: bytes) -> Index:
    """The index of a note with these."""
    index, delta = Index(), scanned(*structs).delta
    assert delta
    index.apply(delta)
    return index


def in_text(*structs: bytes) -> Scan:
    """A paragraph with "ab", then these; the XmlText is (A, 1), its words (A, 2) and (A, 3)."""
    return scanned(*paragraph("ab"), *structs)


def test_every_node_and_attribute_of_a_note_is_taken() -> None:
    assert sorted(NOTE_SCHEMA.children["default"])[:8] == [
        "blockquote", "bulletList", "codeBlock", "heading", "horizontalRule", "orderedList", "paragraph", "taskList",
    ]  # fmt: skip
    structs = [
        *[node(tag, parent="default") for tag in sorted(NOTE_SCHEMA.children["default"])],
        value(2, parent=(A, 3), key="level"),
        value(3, parent=(A, 5), key="start"),
        value("py", parent=(A, 2), key="language"),
        node("listItem", parent=(A, 1)),
        node("taskItem", parent=(A, 7)),
        value(True, parent=(A, 12), key="checked"),
        node("orderedList", parent=(A, 11)),
        text_node(parent=(A, 6)),
        node("hardBreak", origin=(A, 15)),
        node("mention", origin=(A, 16)),
        value("con_1", parent=(A, 17), key="id"),
        value("con_2", "con_3", origin=(A, 18)),
    ]
    assert scanned(*structs).delta


@pytest.mark.parametrize("name", [*sorted(NOTE_SCHEMA.marks), "link--aB3+/=9x"])
@pytest.mark.parametrize("attributes", [{}, None, True, {"href": None, "class": None}, {"href": "https://example.com"}])
def test_every_mark_of_a_note_is_taken(name: str, attributes: Any) -> None:
    assert in_text(mark(name, attributes, origin=(A, 2))).delta


AMONG_WORDS = {
    "an unknown mark": mark("onclick", "x", origin=(A, 2)),
    "a mark with too short a hash": mark("bold--abc", {}, origin=(A, 2)),
    "a mark that is a string": mark("bold", "x", origin=(A, 2)),
    "a mark that is a list": mark("bold", [], origin=(A, 2)),
    "a mark nested in a mark": mark("link", {"href": {"a": 1}}, origin=(A, 2)),
    "a link that runs a script": mark("link", {"href": "java\nscript:x"}, origin=(A, 2)),
    "a hashed link that runs a script": raw_mark("link--aB3dE6gH", '{"href":"&#106;avascript:x"}', origin=(A, 2)),
    "a link to a number": mark("link", {"href": 1}, origin=(A, 2)),
    "an element after a letter": node("hardBreak", origin=(A, 2)),
    "an element before a letter": node("hardBreak", right=(A, 2)),
    "an element in an XmlText": node("hardBreak", parent=(A, 1)),
    "an XmlText in an XmlText": text_node(parent=(A, 1)),
    "a value after a letter": value(1, origin=(A, 2)),
    "an attribute of an XmlText": value(1, parent=(A, 1), key="level"),
    "something in a letter": words("x", parent=(A, 2)),
}


@pytest.mark.parametrize("struct", AMONG_WORDS.values(), ids=AMONG_WORDS)
def test_what_does_not_belong_among_words_is_refused(struct: bytes) -> None:
    with pytest.raises(SchemaBroken):
        in_text(struct)


AMONG_NODES = {
    "text at the root": words("x", parent="default"),
    "an XmlText at the root": text_node(parent="default"),
    "an inline node at the root": node("hardBreak", parent="default"),
    "an unknown tag": node("script", parent="default"),
    "an unknown root": node("paragraph", parent="elsewhere"),
    "an attribute of the root": value(1, parent="default", key="level"),
    "a value at the root": value(1, parent="default"),
    "text right under a paragraph": words("x", parent=(A, 0)),
    "text beside a paragraph": words("x", origin=(A, 0)),
    "text before a paragraph": words("x", right=(A, 0)),
    "text beside an XmlText": words("x", origin=(A, 1)),
    "a format beside an XmlText": mark("bold", {}, origin=(A, 1)),
    "a block in a paragraph": node("heading", parent=(A, 0)),
    "a block beside an XmlText": node("heading", origin=(A, 1)),
    "an attribute that a paragraph has not": value(1, parent=(A, 0), key="level"),
    "an attribute that nothing has": value("x", parent=(A, 0), key="onclick"),
}


@pytest.mark.parametrize("struct", AMONG_NODES.values(), ids=AMONG_NODES)
def test_what_does_not_belong_among_nodes_is_refused(struct: bytes) -> None:
    with pytest.raises(SchemaBroken):
        in_text(struct)


HEADING = [node("heading", parent="default"), value(1, parent=(A, 0), key="level")]


@pytest.mark.parametrize(
    "struct",
    [
        value([1], origin=(A, 1)),
        value({"a": 1}, origin=(A, 1)),
        value(b"x", origin=(A, 1)),
        words("2", origin=(A, 1)),
        node("paragraph", parent=(A, 1)),
    ],
)
def test_an_attribute_is_one_plain_value_after_another(struct: bytes) -> None:
    assert scanned(*HEADING, value("2", origin=(A, 1)), deleted(1, origin=(A, 2))).delta
    with pytest.raises(SchemaBroken):
        scanned(*HEADING, struct)


def test_text_cannot_hide_behind_a_deleted_node() -> None:
    with pytest.raises(SchemaBroken):
        in_text(deleted(1, origin=(A, 0)), words("x", origin=(A, 4)))


def test_deleted_letters_have_letters_as_neighbours() -> None:
    assert in_text(deleted(3, origin=(A, 3)), words("x", origin=(A, 6)), words("y", right=(A, 4))).delta
    with pytest.raises(SchemaBroken):
        in_text(deleted(3, origin=(A, 3)), node("paragraph", origin=(A, 6)))


def test_whatever_refers_to_garbage_is_garbage() -> None:
    index = taken(garbage(3), words("x", origin=(A, 1)), node("script", parent=(A, 3)), words("y", right=(A, 4)))
    assert [index.tracks[A][clock] for clock in range(6)] == [NOWHERE] * 6


def test_what_was_in_a_node_that_came_as_deleted_is_garbage() -> None:
    index = taken(deleted(2, parent="default"), text_node(parent=(A, 1)), words("x", parent=(A, 2)))
    assert [index.tracks[A][clock].under for clock in range(4)] == ["default", "default", "", ""]


def test_a_node_keeps_its_kind_when_it_is_deleted() -> None:
    index = taken(*paragraph("ab"))
    deletion = scan(update({}, {A: [(0, 2)]}), index, NOTE_SCHEMA, LIMITS).delta
    assert deletion
    index.apply(deletion)
    assert scan(update({B: (0, [words("late", origin=(A, 3))])}), index, NOTE_SCHEMA, LIMITS).delta
    with pytest.raises(SchemaBroken):
        scan(update({B: (0, [words("late", parent=(A, 0))])}), index, NOTE_SCHEMA, LIMITS)


def test_nodes_nest_as_deep_as_the_limit_and_no_deeper() -> None:
    limits = replace(LIMITS, xml_depth_max=5)
    nested = [node("blockquote", parent="default"), *[node("blockquote", parent=(A, n)) for n in range(10)]]
    assert scanned(*nested[:5], limits=limits).delta
    with pytest.raises(SchemaBroken, match=re.escape("6 deep")):
        scanned(*nested[:6], limits=limits)


def test_a_map_holds_plain_values_under_any_key() -> None:
    structs = [
        value("Ada", parent="properties", key="firstname"),
        value({"primary": True}, parent="properties", key="emails:ada@example.com"),
        value("Ada B.", None, origin=(A, 0)),
        deleted(2, origin=(A, 3)),
        garbage(1),
    ]
    assert scanned(*structs, schema=MAP).delta


@pytest.mark.parametrize(
    "struct",
    [
        value(1, parent="properties"),
        value(b"x", parent="properties", key="a"),
        value([{"a": b"x"}], parent="properties", key="a"),
        words("x", parent="properties", key="a"),
        node("paragraph", parent="properties", key="a"),
        text_node(parent="properties", key="a"),
        value(1, parent="default", key="a"),
    ],
)
def test_a_map_holds_nothing_else(struct: bytes) -> None:
    with pytest.raises(SchemaBroken):
        scanned(struct, schema=MAP)


def test_an_index_remembers_a_run_of_words_as_one() -> None:
    track = taken(*paragraph("ab"), words("c" * 100, origin=(A, 3)), words("d", parent=(A, 1))).tracks[A]
    assert (list(track.starts), track.places[1].tag, track.places[2]) == ([0, 1, 2], TEXT, Place((A, 1), TEXT, 3))
