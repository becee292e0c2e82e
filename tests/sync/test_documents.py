import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Map

from sync import documents
from sync.difference import normal
from sync.documents import EMPTY_UPDATE
from sync.errors import Malformed, SchemaBroken
from sync.kinds import TEXT, Problem, Schema, Verdict
from sync.lib0 import read_vector, write_vector
from sync.limits import Limits
from sync.scanner import Index, scan
from sync.tree import Element, Text
from tests.support.node import CLIENTS

ROOT = "default"
LINK = {"href": "https://example.org/", "target": None}
SCHEMA = Schema(
    roots={ROOT: "xml"},
    children={
        ROOT: frozenset({"paragraph", "heading", "bulletList", "orderedList"}),
        "paragraph": frozenset({TEXT, "hardBreak"}),
        "heading": frozenset({TEXT, "hardBreak"}),
        "bulletList": frozenset({"listItem"}),
        "orderedList": frozenset({"listItem"}),
        "listItem": frozenset({"paragraph"}),
    },
    attributes={"heading": frozenset({"level"}), "orderedList": frozenset({"start", "type"})},
    marks=frozenset({"bold", "italic", "link"}),
)


def content(*blocks: Element) -> Element:
    return Element("", children=blocks)


def paragraph(*inside: str | Text | Element) -> Element:
    return Element("paragraph", children=tuple(Text(part) if isinstance(part, str) else part for part in inside))


PIECES = st.lists(
    st.sampled_from(["red", "blue", " ", "🙂", "é", "e\u0301", "👩‍👩‍👧", "漢字", "\n"]), min_size=1, max_size=6
).map("".join)
MARKS = st.fixed_dictionaries({}, optional={"bold": st.just({}), "italic": st.just({}), "link": st.just(LINK)})
INLINE = st.lists(st.one_of(st.builds(Text, PIECES, MARKS), st.just(Element("hardBreak"))), max_size=4).map(tuple)
PARAGRAPHS = st.builds(Element, st.just("paragraph"), st.just({}), INLINE)
HEADINGS = st.builds(Element, st.just("heading"), st.fixed_dictionaries({"level": st.integers(1, 3)}), INLINE)
ITEMS = st.builds(Element, st.just("listItem"), st.just({}), st.lists(PARAGRAPHS, min_size=1, max_size=2).map(tuple))
LIST_ITEMS = st.lists(ITEMS, min_size=1, max_size=3).map(tuple)
LISTS = st.one_of(
    st.builds(Element, st.just("bulletList"), st.just({}), LIST_ITEMS),
    st.builds(Element, st.just("orderedList"), st.just({"start": 3, "type": None}), LIST_ITEMS),
)
CONTENTS = st.lists(st.one_of(PARAGRAPHS, HEADINGS, LISTS), max_size=4).map(lambda blocks: content(*blocks))
HISTORIES = st.lists(CONTENTS, min_size=1, max_size=4)
FEW = settings(max_examples=40, deadline=None)


def written(*history: Element) -> list[bytes]:
    """The updates that make a document read as one content after the other."""
    updates: list[bytes] = []
    for target in history:
        updates.append(documents.replace_content(None, updates, ROOT, target))
    return updates


def plain_text(element: Element) -> Iterator[str]:
    return chain.from_iterable([c.text] if isinstance(c, Text) else plain_text(c) for c in element.children)


# --- reading ---


def test_an_empty_document_is_empty_however_one_asks() -> None:
    assert documents.tree(None, [], ROOT) == content()
    assert documents.values(None, [], "properties") == {}
    assert documents.fold(None, []) == documents.Folded(EMPTY_UPDATE, b"\0")
    assert documents.diff(None, [], b"\0") == EMPTY_UPDATE


@FEW
@given(HISTORIES)
def test_a_snapshot_and_the_rows_after_it_are_the_same_document(history: list[Element]) -> None:
    updates = written(*history)
    whole = documents.fold(None, updates)
    for seq in range(len(updates) + 1):
        folded = documents.fold(None, updates[:seq])
        assert documents.fold(folded.state, updates[seq:]).state_vector == whole.state_vector
        assert documents.tree(folded.state, updates[seq:], ROOT) == normal(history[-1])


@FEW
@given(HISTORIES, st.integers(0, 3))
def test_a_difference_brings_a_client_up_to_date(history: list[Element], known: int) -> None:
    updates = written(*history)
    client = documents.fold(None, updates[:known])
    missing = documents.diff(None, updates, client.state_vector)
    assert documents.tree(client.state, [missing], ROOT) == normal(history[-1])


def test_a_client_that_is_ahead_gets_nothing_but_deletions() -> None:
    updates = written(content(paragraph("hello")))
    ahead = {client: clock + 7 for client, clock in read_vector(documents.fold(None, updates).state_vector).items()}
    assert documents.diff(None, updates, write_vector({**ahead, 12345: 6})) == EMPTY_UPDATE


@pytest.mark.parametrize("vector", [b"", b"\x01", b"\x02\x01\x01\x01\x01", b"\xff" * 9, b"\0\0"])
def test_a_vector_that_is_none_is_refused(vector: bytes) -> None:
    with pytest.raises(Malformed):
        documents.diff(None, written(content(paragraph("hello"))), vector)


def test_a_vector_that_cuts_an_emoji_harms_nobody_but_its_sender() -> None:
    updates = written(content(paragraph("a🙂b🙂c")))
    ((client, clock),) = read_vector(documents.fold(None, updates).state_vector).items()
    for known in range(clock):
        assert documents.diff(None, updates, write_vector({client: known})) != EMPTY_UPDATE


def test_bytes_that_are_no_update_are_refused() -> None:
    with pytest.raises(Malformed):
        documents.tree(None, [b"\x01\x01"], ROOT)


def test_settling_gives_the_tree_and_on_request_the_fold() -> None:
    updates = written(content(paragraph("hello")))
    assert documents.settle(None, updates, ROOT) == content(paragraph("hello"))


def test_a_rows_index_is_the_scanners() -> None:
    updates = written(content(paragraph("one")), content(paragraph("one"), paragraph("two 🙂")))
    halfway = documents.index(None, updates[:1], SCHEMA, Limits())
    index = Index.load(documents.index(halfway, updates[1:], SCHEMA, Limits()))
    assert index.vector() == documents.fold(None, updates).state_vector
    more = documents.append_content(None, updates, ROOT, (paragraph("three"),))
    found = documents.scan_update(more, index.dump(), SCHEMA, Limits())
    assert found.runs == scan(more, index, SCHEMA, Limits()).runs
    assert found.delta is not None
    index.apply(found.delta)
    assert index.vector() == documents.fold(None, [*updates, more]).state_vector


def test_a_gap_in_the_log_is_not_passed_over() -> None:
    updates = written(content(paragraph("one")), content(paragraph("one more")))
    with pytest.raises(Malformed):
        documents.index(None, updates[1:], SCHEMA, Limits())


# --- writing ---


@settings(max_examples=100, deadline=None)
@given(HISTORIES)
def test_replaced_content_reads_as_its_target(history: list[Element]) -> None:
    updates: list[bytes] = []
    for target in history:
        updates.append(documents.replace_content(None, updates, ROOT, target))
        assert documents.tree(None, updates, ROOT) == normal(target)
        assert documents.replace_content(None, updates, ROOT, target) == EMPTY_UPDATE


@FEW
@given(HISTORIES)
def test_what_the_server_writes_passes_its_own_scanner(history: list[Element]) -> None:
    updates = written(*history)
    index = Index.load(documents.index(None, updates, SCHEMA, Limits()))
    assert index.vector() == documents.fold(None, updates).state_vector


@FEW
@given(CONTENTS, st.lists(PARAGRAPHS, max_size=2).map(tuple))
def test_appended_blocks_come_last(before: Element, blocks: tuple[Element, ...]) -> None:
    updates = written(before)
    updates.append(documents.append_content(None, updates, ROOT, blocks))
    assert documents.tree(None, updates, ROOT) == normal(content(*before.children, *blocks))  # type: ignore[arg-type]


def test_nothing_is_seeded_into_an_empty_document() -> None:
    assert documents.replace_content(None, [], ROOT, content()) == EMPTY_UPDATE
    assert documents.append_content(None, [], ROOT, ()) == EMPTY_UPDATE


def test_text_never_stands_directly_under_the_root() -> None:
    loose = Element("", children=(Text("loose"),))
    with pytest.raises(SchemaBroken):
        documents.replace_content(None, [], ROOT, loose)


def words_of(count: int) -> list[str]:
    return [f"word{i}" for i in range(count)]


@FEW
@given(st.data())
def test_two_edits_of_one_text_both_survive_in_either_order(data: st.DataObject) -> None:
    said = words_of(data.draw(st.integers(4, 12)))
    mine, theirs = data.draw(st.lists(st.integers(0, len(said) - 1), min_size=2, max_size=2, unique=True))
    base = written(content(paragraph(" ".join(said)), paragraph("untouched")))

    def edit(at: int, new: str) -> bytes:
        changed = content(paragraph(" ".join([*said[:at], new, *said[at + 1 :]])), paragraph("untouched"))
        return documents.replace_content(None, base, ROOT, changed)

    one, other = edit(mine, "🙂 MINE"), edit(theirs, "THEIRS é")
    both = [{mine: "🙂 MINE", theirs: "THEIRS é"}.get(i, word) for i, word in enumerate(said)]
    for order in ([one, other], [other, one]):
        merged = documents.tree(None, base + order, ROOT)
        assert merged == content(paragraph(" ".join(both)), paragraph("untouched"))


@FEW
@given(HISTORIES, CONTENTS)
def test_edits_of_everything_at_once_converge(history: list[Element], other_target: Element) -> None:
    *before, target = history
    base = written(*before)
    one = documents.replace_content(None, base, ROOT, target)
    other = documents.replace_content(None, base, ROOT, other_target)
    assert documents.tree(None, [*base, one, other], ROOT) == documents.tree(None, [*base, other, one], ROOT)


def test_words_typed_in_another_paragraph_survive_a_rewrite() -> None:
    before = [paragraph("first"), paragraph("second"), paragraph("third")]
    base = written(content(*before))
    rewrite = documents.replace_content(None, base, ROOT, content(paragraph("wholly different"), *before[1:]))
    typed = documents.replace_content(None, base, ROOT, content(*before[:2], paragraph("third, and more 🙂")))
    expected = content(paragraph("wholly different"), before[1], paragraph("third, and more 🙂"))
    assert documents.tree(None, [*base, rewrite, typed], ROOT) == expected
    assert documents.tree(None, [*base, typed, rewrite], ROOT) == expected


def test_a_rewrite_keeps_the_words_that_somebody_types_into_it() -> None:
    base = written(content(paragraph("call on Monday")))
    rewrite = documents.replace_content(None, base, ROOT, content(paragraph("visit in person")))
    typed = documents.replace_content(None, base, ROOT, content(paragraph("call on Monday at noon")))
    assert " at noon" in "".join(plain_text(documents.tree(None, [*base, rewrite, typed], ROOT)))


def test_a_bold_word_costs_no_letter() -> None:
    base = written(content(paragraph("a bold 🙂 word")))
    marked = documents.replace_content(
        None, base, ROOT, content(paragraph("a ", Text("bold 🙂", {"bold": {}}), " word"))
    )
    typed = documents.replace_content(None, base, ROOT, content(paragraph("a bold, bold 🙂 word")))
    merged = documents.tree(None, [*base, marked, typed], ROOT)
    assert "".join(plain_text(merged)) == "a bold, bold 🙂 word"
    assert b"word" not in marked


def test_a_heading_changes_its_level_in_place() -> None:
    def headed(level: int) -> Element:
        return content(Element("heading", {"level": level}, (Text("Title"),)))

    base = written(headed(1))
    update = documents.replace_content(None, base, ROOT, headed(3))
    typed = documents.replace_content(None, base, ROOT, content(Element("heading", {"level": 1}, (Text("Titles"),))))
    tree = documents.tree(None, [*base, update, typed], ROOT)
    assert tree == content(Element("heading", {"level": 3}, (Text("Titles"),)))
    assert isinstance(tree.children[0], Element)
    assert isinstance(tree.children[0].attributes["level"], int)


def test_true_and_one_are_two_values() -> None:
    def task(checked: Any) -> Element:
        return content(Element("taskItem", {"checked": checked}))

    base = written(task(1))
    base.append(documents.replace_content(None, base, ROOT, task(True)))
    (item,) = documents.tree(None, base, ROOT).children
    assert isinstance(item, Element)
    assert item.attributes["checked"] is True


def test_an_update_holds_its_own_edit_alone() -> None:
    base = written(content(paragraph("x" * 2000)), content(paragraph("gone " * 50)), content(paragraph("hello")))
    update = documents.replace_content(None, base, ROOT, content(paragraph("hello you")))
    assert len(update) < 40
    assert update.endswith(b" you\0"), "an insertion repeats no deletion"


def test_a_long_note_is_rewritten_with_bounded_work() -> None:
    def runs(*marks: Mapping[str, Any]) -> Element:
        return content(paragraph(*(Text(f"run{i} ", marks[i % len(marks)]) for i in range(4_000))))

    bold: Mapping[str, Any] = {"bold": {}}
    base = written(runs(bold, {}))
    base.append(documents.replace_content(None, base, ROOT, runs({}, {"italic": {}}, bold)))
    assert documents.tree(None, base, ROOT) == normal(runs({}, {"italic": {}}, bold))


def test_neighbouring_texts_are_edited_as_the_one_text_they_read_as() -> None:
    base = written(content(paragraph()))
    one, other = (documents.replace_content(None, base, ROOT, content(paragraph(text))) for text in ("abc", "xyz"))
    merged = [*base, one, other]
    (read,) = plain_text(documents.tree(None, merged, ROOT))
    assert sorted([read[:3], read[3:]]) == ["abc", "xyz"]
    for target in (f"{read[:2]}NEW🙂{read[4:]}", f"{read[0]}", f"{read}end", f"begin{read}", ""):
        edit = documents.replace_content(None, merged, ROOT, content(paragraph(target)))
        assert documents.tree(None, [*merged, edit], ROOT) == normal(content(paragraph(target)))


def test_each_edit_has_a_client_id_that_never_wrote_here(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter([7, 7, 7, 8])
    monkeypatch.setattr(secrets, "randbits", lambda bits: next(ids))
    base = written(content(paragraph("one")), content(paragraph("one"), paragraph("two")))
    assert read_vector(documents.fold(None, base).state_vector).keys() == {7, 8}


# --- maps ---

PROPERTIES = "properties"


def set_by(client: int, base: Sequence[bytes], **values: Any) -> bytes:
    """What an author whose copy is `base` sends."""
    doc: Doc[Any] = Doc(client_id=client)
    for update in base:
        doc.apply_update(update)
    known = doc.get_state()
    doc.get(PROPERTIES, type=Map).update(values)
    return doc.get_update(known)


def sizes_are_small(before: Mapping[str, Any], after: Mapping[str, Any]) -> Verdict:
    """A toy definition: every value is a number below 10; what breaks it is put back as it was."""
    bad = {key for key, value in after.items() if not isinstance(value, int) or value >= 10}
    good = {key: value for key, value in before.items() if isinstance(value, int) and value < 10}
    final = {key: good.get(key) if key in bad else value for key, value in after.items()}
    changes = {key: (before.get(key), final.get(key)) for key in before.keys() | final.keys()}
    return Verdict(
        {key: (old, new) for key, (old, new) in sorted(changes.items()) if old != new},
        {key: good.get(key) for key in sorted(bad)},
        tuple(Problem(key, "too-large", f"{key} must be below 10") for key in sorted(bad)),
    )


def test_values_are_set_changed_and_removed() -> None:
    first = documents.set_values(None, [], PROPERTIES, {"a": 1, "b": "é🙂", "c": {"primary": True}, "gone": None})
    assert documents.values(None, [first], PROPERTIES) == {"a": 1, "b": "é🙂", "c": {"primary": True}}
    second = documents.set_values(None, [first], PROPERTIES, {"a": None, "b": "new"})
    assert documents.values(None, [first, second], PROPERTIES) == {"b": "new", "c": {"primary": True}}
    assert documents.set_values(None, [first, second], PROPERTIES, {"b": "new", "a": None}) == EMPTY_UPDATE


def test_a_whole_number_is_read_as_one() -> None:
    update = documents.set_values(None, [], PROPERTIES, {"n": 3, "half": 0.5, "yes": True})
    read = documents.values(None, [update], PROPERTIES)
    assert [type(read[key]) for key in ("n", "half", "yes")] == [int, float, bool]


def test_a_good_value_is_admitted_as_it_is() -> None:
    base = [set_by(1, [], size=3)]
    good = set_by(2, base, size=4)
    admitted = documents.admit(None, base, good, PROPERTIES, sizes_are_small)
    assert admitted == documents.Admitted(Verdict({"size": (3, 4)}), None, good)


def everywhere(*updates: bytes) -> list[dict[str, Any]]:
    """What replicas read that got these updates in the order given, or the first two the other way round."""
    first, second, *rest = updates
    return [documents.values(None, order, PROPERTIES) for order in (updates, (second, first, *rest))]


@pytest.mark.parametrize("client", [1, 2**32 - 1])
def test_a_bad_value_is_put_right(client: int) -> None:
    base = [set_by(5, [], size=3)]
    bad = set_by(client, base, size=99, other=1)
    admitted = documents.admit(None, base, bad, PROPERTIES, sizes_are_small)
    assert admitted.verdict.changes == {"other": (None, 1)}
    assert [problem.key for problem in admitted.verdict.problems] == ["size"]
    assert admitted.correction is not None
    for corrected in ([bad, admitted.correction], [admitted.update]):
        assert documents.values(None, [*base, *corrected], PROPERTIES) == {"size": 3, "other": 1}


@pytest.mark.parametrize(("good_client", "bad_client"), [(10, 20), (20, 10)])
def test_a_bad_value_never_wins_over_a_good_one_of_the_same_moment(good_client: int, bad_client: int) -> None:
    base = set_by(5, [], size=3)
    good, bad = set_by(good_client, [base], size=4), set_by(bad_client, [base], size=99)
    admitted = documents.admit(None, [base, good], bad, PROPERTIES, sizes_are_small)
    rest = [admitted.correction] if admitted.correction else []
    assert everywhere(good, bad, base, *rest) == [{"size": 4}, {"size": 4}]


def test_a_key_that_never_had_a_good_value_goes_away() -> None:
    bad = set_by(1, [], size=99)
    admitted = documents.admit(None, [], bad, PROPERTIES, sizes_are_small)
    assert admitted.correction is not None
    assert documents.values(None, [bad, admitted.correction], PROPERTIES) == {}


def test_values_that_are_in_already_are_judged_too_and_always_alike() -> None:
    base = [set_by(1, [], size=99, other=1)]
    verdicts = [documents.admit(None, base, EMPTY_UPDATE, PROPERTIES, sizes_are_small) for _ in range(2)]
    assert verdicts[0].verdict == verdicts[1].verdict
    for admitted in verdicts:
        assert admitted.correction is not None
        assert documents.values(None, [*base, admitted.correction], PROPERTIES) == {"other": 1}


# --- against Yjs ---


def yjs(*questions: Mapping[str, Any]) -> list[Any]:
    """What real Yjs answers (tests/clients/documents.mjs)."""
    executable = shutil.which("node")
    assert executable, "there is no node on PATH; `make test` puts one there"
    asked = json.dumps(questions).encode()
    told = subprocess.run([executable, CLIENTS / "documents.mjs"], input=asked, stdout=PIPE, check=True).stdout
    answers: list[Any] = json.loads(told)
    return answers


def read(*updates: bytes) -> dict[str, Any]:
    return {"verb": "read", "updates": [update.hex() for update in updates]}


def told(children: Sequence[Mapping[str, Any]]) -> tuple[Element | Text, ...]:
    return tuple(
        Text(child["text"], child["marks"])
        if "text" in child
        else Element(child["tag"], child["attributes"], told(child["children"]))
        for child in children
    )


def test_a_note_made_by_yjs_reads_here_as_it_reads_there(node_modules: Path) -> None:
    (note,) = yjs({"verb": "note"})
    update = bytes.fromhex(note["update"])
    tree = documents.tree(None, [update], ROOT)
    assert tree.children == told(note["content"])
    bold: Mapping[str, Any] = {"bold": {}}
    runs = (Text("Rappel"), Text("🙂", bold), Text(" 👩‍👩‍👧 "), Text("ée\u0301", bold))
    assert tree.children[0] == Element("heading", {"level": 2}, runs)
    assert len(tree.children) == 5
    assert documents.tree(documents.fold(None, [update]).state, [], ROOT) == tree


def test_yjs_reads_our_edits_as_we_do_and_corrects_hardly_any(node_modules: Path) -> None:
    histories = examples(HISTORIES)
    answers = yjs(*(read(*written(*history)) for history in histories))
    for history, answer in zip(histories, answers, strict=True):
        assert [told(children) for children in answer["contents"]] == [normal(target).children for target in history]
    corrected, edits = sum(answer["tidied"] for answer in answers), sum(map(len, histories))
    assert corrected <= edits / 50, "every client would send its corrections back as edits of its own"


BOLD: Mapping[str, Any] = {"bold": {}}


@pytest.mark.parametrize(
    "said",
    [
        (Text("one "), Text("two", BOLD), Text(" three")),
        (Text("one ", BOLD), Text("two"), Text(" three", BOLD)),
        (Text("one ", BOLD), Text("two", {**BOLD, "link": LINK}), Text(" three", BOLD)),
        (Text("one "), Text("two ", BOLD), Text("two", {"italic": {}}), Text(" three")),
    ],
)
def test_no_marks_are_left_around_words_that_are_gone(node_modules: Path, said: tuple[Text, ...]) -> None:
    updates = written(content(paragraph(*said)), content(paragraph(said[0], said[-1])))
    (answer,) = yjs(read(*updates))
    assert answer["tidied"] == 0
    assert told(answer["contents"][-1]) == documents.tree(None, updates, ROOT).children


def test_yjs_reads_our_folds_and_differences_as_we_do(node_modules: Path) -> None:
    questions, histories = [], examples(HISTORIES)
    for history in histories:
        updates = written(*history)
        halfway = documents.fold(None, updates[: len(updates) // 2])
        missing = documents.diff(None, updates, halfway.state_vector)
        questions += [read(documents.fold(None, updates).state), read(halfway.state, missing)]
    answers = iter(yjs(*questions))
    for history in histories:
        folded, brought_up_to_date = next(answers), next(answers)
        assert folded["vector"] == brought_up_to_date["vector"]
        for answer in (folded, brought_up_to_date):
            assert told(answer["contents"][-1]) == normal(history[-1]).children


def examples(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """The same hundred each time."""
    found: list[Any] = []

    @settings(max_examples=100, derandomize=True, database=None, deadline=None)
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found
