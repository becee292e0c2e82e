"""Versions, states and authorship against what the writers did. Each writer has an alphabet of their own, so that the
text itself says who wrote what."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, UndoManager, XmlElement, XmlFragment, XmlText, get_state

from sync import documents
from sync.difference import Edit, blocks
from sync.edit_sessions import edit_sessions
from sync.errors import NotFound
from sync.history import Histories, Past, before, readings, signed, versions
from sync.joining import join_updates
from sync.lib0 import read_vector
from sync.limits import Limits
from sync.memory_store import MemoryStore
from sync.painting import hand_of
from sync.store import Append, Entry, Row
from sync.tree import Element, Text
from sync.workers import Workers

ROOT = "default"
ALPHABETS = {"lea": "abcdé😀", "tom": "ABCDÉ🌅", "rest": "01234早"}
PARAGRAPHS = 3


@dataclass
class Writer:
    """Somebody with a copy of the document."""

    name: str
    doc: Doc[Any]
    undo: UndoManager
    seen: int = 0


@dataclass
class Log:
    """The rows that a server would have, made by writers who see each other now and then."""

    rows: list[Row] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)
    writers: dict[str, Writer] = field(default_factory=dict)
    at: int = 0

    def writer(self, name: str) -> Writer:
        if name not in self.writers:
            doc: Doc[Any] = Doc(client_id=len(self.writers) + 1)
            undo = UndoManager(scopes=[doc.get(ROOT, type=XmlFragment)], capture_timeout_millis=0)
            self.owners[doc.client_id] = name
            self.writers[name] = Writer(name, doc, undo)
        return self.writers[name]

    def see(self, name: str) -> Writer:
        """The writer, who now has all there is."""
        writer = self.writer(name)
        for row in self.rows[writer.seen :]:
            writer.doc.apply_update(row.update)
        writer.seen = len(self.rows)
        return writer

    def write(self, name: str, change: Callable[[Doc[Any]], None]) -> None:
        """A row of what `change` does."""
        writer, made = self.writer(name), []
        subscription = writer.doc.observe(lambda event: made.append(event.update))
        change(writer.doc)
        writer.doc.unobserve(subscription)
        for update in made:
            self.store(name, update)

    def store(self, name: str, update: bytes) -> None:
        self.at += 1_000
        self.rows.append(Row(len(self.rows) + 1, name, self.at, update))

    def past(self) -> Past:
        return past_of(self.rows, self.owners)


def past_of(rows: list[Row], owners: dict[int, str]) -> Past:
    return Past(
        [row.first_seq or row.seq for row in rows],
        [row.seq for row in rows],
        [row.author_id for row in rows],
        [row.began_at or row.at for row in rows],
        [row.at for row in rows],
        [row.update for row in rows],
        owners,
    )


def texts(doc: Doc[Any]) -> list[XmlText]:
    return [paragraph.children[0] for paragraph in doc.get(ROOT, type=XmlFragment).children]  # type: ignore[union-attr]


def words(tree: Element | Text) -> str:
    return tree.text if isinstance(tree, Text) else "".join(map(words, tree.children))


def begin(log: Log) -> None:
    def paragraphs(doc: Doc[Any]) -> None:
        with doc.transaction():
            for _ in range(PARAGRAPHS):
                doc.get(ROOT, type=XmlFragment).children.append(XmlElement("paragraph")).children.append(
                    XmlText("aé😀")
                )

    log.write("lea", paragraphs)


def insert(paragraph: int, place: float, text: str) -> Callable[[Doc[Any]], None]:
    def change(doc: Doc[Any]) -> None:
        node = texts(doc)[paragraph]
        now = plain(node)
        node.insert(len(now[: round(place * len(now))].encode()), text)

    return change


def delete(paragraph: int, place: float, length: int) -> Callable[[Doc[Any]], None]:
    def change(doc: Doc[Any]) -> None:
        node = texts(doc)[paragraph]
        now = plain(node)
        at = round(place * len(now))
        gone = now[at : at + length]
        if gone:
            start = len(now[:at].encode())
            del node[start : start + len(gone.encode())]

    return change


def embolden(paragraph: int, place: float, length: int) -> Callable[[Doc[Any]], None]:
    def change(doc: Doc[Any]) -> None:
        node = texts(doc)[paragraph]
        now = plain(node)
        at = round(place * len(now))
        if now[at : at + length]:
            node.format(len(now[:at].encode()), len(now[: at + length].encode()), {"bold": {}})

    return change


def plain(node: XmlText) -> str:
    return "".join(text for text, _ in node.diff())


_place = st.floats(0, 1)
_paragraph = st.integers(0, PARAGRAPHS - 1)
_people = st.sampled_from(("lea", "tom"))
_edits = st.one_of(
    st.tuples(st.just("insert"), _people, _paragraph, _place, st.integers(1, 5)),
    st.tuples(st.just("delete"), _people, _paragraph, _place, st.integers(1, 3)),
    st.tuples(st.just("bold"), _people, _paragraph, _place, st.integers(1, 6)),
    st.tuples(st.just("insert and undo"), _people, _paragraph, _place, st.integers(1, 5)),
    st.tuples(st.just("rest"), _people, _paragraph, _place, st.integers(1, 5)),
    st.tuples(st.just("see"), _people, _paragraph, _place, st.just(0)),
    st.tuples(st.just("pause"), _people, _paragraph, _place, st.just(0)),
)


def play(log: Log, edits: list[tuple[str, str, int, float, int]]) -> dict[int, str]:
    """Do as they say; what a writer who had seen everything read after which row."""
    begin(log)
    for name in ("lea", "tom"):
        log.see(name)
    read: dict[int, str] = {}
    for kind, name, paragraph, place, length in edits:
        text = (ALPHABETS[name] * 2)[paragraph : paragraph + length]
        match kind:
            case "insert":
                log.write(name, insert(paragraph, place, text))
            case "delete":
                log.write(name, delete(paragraph, place, length))
            case "bold":
                log.write(name, embolden(paragraph, place, length))
            case "insert and undo":
                log.write(name, insert(paragraph, place, text))
                undo = log.writer(name).undo
                log.write(name, lambda doc, undo=undo: undo.undo())  # type: ignore[misc]
            case "rest":
                written = (ALPHABETS["rest"] * 2)[:length]
                rows = [row.update for row in log.rows]
                now = documents.tree(None, rows, ROOT)
                first = Element("paragraph", {}, (Text(words(now.children[0]) + written),))
                target = Element("", {}, (first, *now.children[1:]))
                log.store("rest", documents.replace_content(None, rows, ROOT, target))
            case "see":
                read[len(log.rows)] = "".join(map(plain, texts(log.see(name).doc)))
            case "pause":
                log.at += 60_000
    return read


def author_of(letter: str) -> str:
    return next(name for name, alphabet in ALPHABETS.items() if letter in alphabet)


def authors(past: Past) -> list[str]:
    _, signs, hands = signed(past, ROOT)
    numbers = [hand_of(sign) for sign in words(signs)]
    return [hands[number].author_id for number in numbers if number is not None]


@settings(max_examples=60, deadline=None)
@given(st.lists(_edits, max_size=25))
def test_each_letter_is_signed_by_who_wrote_it_and_each_state_is_what_writers_read(edits: Any) -> None:
    log = Log()
    read = play(log, edits)
    past = log.past()
    now = words(documents.tree(None, past.updates, ROOT))

    assert authors(past) == [author_of(letter) for letter in now]
    assert [words(tree) for tree in readings(past, ROOT, list(read))] == list(read.values())
    found = versions(past)
    assert sum(one.added - one.removed for one in found) == len(now)
    assert [one.first for one in found] == [1, *(one.last + 1 for one in found[:-1])]
    assert found[-1].last == len(log.rows)
    for one in found:
        writers = {row.author_id for row in log.rows[one.first - 1 : one.last]}
        assert set(one.authors) == writers
        assert before(past, one.last) == one.first - 1


@settings(max_examples=60, deadline=None)
@given(st.lists(_edits, max_size=25))
def test_a_thinned_log_says_the_same(edits: Any) -> None:
    log = Log()
    play(log, edits)
    thinned = [
        Row(
            session[-1].seq,
            session[-1].author_id,
            session[-1].at,
            join_updates([row.update for row in session], Limits()),
            session[0].seq,
            session[0].at,
        )
        for session in edit_sessions(log.rows)
    ]
    # A row made by the server has a client id that its update alone names.
    owners = log.owners | {
        client: row.author_id
        for row in log.rows
        for client in read_vector(get_state(row.update))
        if client not in log.owners
    }
    whole, thin = past_of(log.rows, owners), past_of(thinned, owners)
    assert authors(thin) == authors(whole)
    mine, theirs = versions(thin), versions(whole)
    assert [(one.first, one.last, one.began, one.ended) for one in mine] == [
        (one.first, one.last, one.began, one.ended) for one in theirs
    ]
    # Of those who wrote together, who only deleted is not told any more.
    assert all(set(one.authors) <= set(other.authors) for one, other in zip(mine, theirs, strict=True))
    assert set(authors(whole)) <= {author for one in mine for author in one.authors}
    ends = [one.last for one in theirs]
    assert readings(thin, ROOT, ends) == readings(whole, ROOT, ends)


@settings(max_examples=40, deadline=None)
@given(st.lists(_edits, min_size=1, max_size=15), st.data())
def test_restoring_gives_the_state_back_and_keeps_what_is_typed_meanwhile(edits: Any, data: Any) -> None:
    log = Log()
    play(log, edits)
    past = log.past()
    seq = data.draw(st.integers(1, len(log.rows)))
    (then,) = readings(past, ROOT, [seq])
    now = documents.tree(None, past.updates, ROOT)
    # Where a paragraph goes or is emptied, what is typed in it at that moment goes with it.
    assume(all(map(words, then.children)))
    assume(all(isinstance(step, Edit) for step in blocks(now.children, then.children)))
    tom = log.see("tom")

    restored = documents.replace_content(None, past.updates, ROOT, then)
    assert documents.tree(None, [*past.updates, restored], ROOT) == then

    typed = "XYZ"
    paragraph, place = data.draw(_paragraph), data.draw(_place)
    log.write("tom", insert(paragraph, place, typed))
    tom.doc.apply_update(restored)
    after = "".join(map(plain, texts(tom.doc)))
    assert [letter for letter in after if letter in typed] == list(typed)
    assert "".join(letter for letter in after if letter not in typed) == words(then)


def split(log: Log, name: str, at: int) -> None:
    """As an editor does: the end of the first paragraph is deleted, and written again in a new one behind it."""

    def change(doc: Doc[Any]) -> None:
        with doc.transaction():
            node = texts(doc)[0]
            tail = plain(node)[at:]
            start = len(plain(node)[:at].encode())
            del node[start : start + len(tail.encode())]
            doc.get(ROOT, type=XmlFragment).children.insert(1, XmlElement("paragraph")).children.append(XmlText(tail))

    log.write(name, change)


def test_words_that_a_new_line_moves_stay_with_who_wrote_them() -> None:
    log = Log()
    begin(log)
    log.write("lea", insert(0, 1, "bonjour tout le monde"))
    log.see("tom")
    log.write("tom", insert(0, 0.6, "MERCI BEAUCOUP"))
    log.see("lea")
    log.at += 60_000
    split(log, "tom", 6)

    moved = versions(log.past())[-1]
    # A word that Tom's stand in the middle of is one no more: only that counts as written anew.
    assert (moved.authors, moved.added, moved.removed) == (("tom",), len("tout"), len("tout"))
    tree = documents.tree(None, log.past().updates, ROOT)
    assert words(tree.children[1]) == "jour touMERCI BEAUCOUPt le monde"
    assert authors(log.past()).count("tom") == len("MERCI BEAUCOUP") + len("tout")


def test_what_is_cut_and_pasted_in_a_session_is_neither_added_nor_removed() -> None:
    log = Log()
    begin(log)
    log.write("lea", insert(0, 1, "une phrase entière"))
    log.at += 60_000
    log.see("tom")
    log.write("tom", delete(0, 3 / 21, 18))
    log.write("tom", insert(2, 1, "une phrase entière"))
    assert [(one.added, one.removed) for one in versions(log.past())][-1] == (0, 0)
    assert set(authors(log.past())) == {"lea"}


def test_a_letter_typed_over_a_word_is_new() -> None:
    log = Log()
    begin(log)
    log.write("lea", insert(0, 1, "bonjour"))
    log.see("tom")

    def over(doc: Doc[Any]) -> None:
        with doc.transaction():
            node = texts(doc)[0]
            start = len("aé😀".encode())
            del node[start : start + len("bonjour")]
            node.insert(start, "b")

    log.write("tom", over)
    assert authors(log.past())[3] == "tom"


async def test_a_past_is_read_once_until_somebody_writes() -> None:
    store = MemoryStore()
    workers = Workers()
    await workers.start()
    histories = Histories(store, workers)
    log = Log()
    begin(log)
    try:
        with pytest.raises(NotFound):
            await histories.ask("note/x", versions)

        async def create(tx: Any) -> None:
            await store.create(tx, "note/x")

        await store.write(create)
        assert await histories.ask("note/x", versions) == []
        await store.append(1, [Append("note/x", (Entry(log.rows[0].update, "lea"),))])
        first = await histories.ask("note/x", versions)
        assert [(one.authors, one.added) for one in first] == [(("lea",), 9)]
        assert await histories.ask("note/x", versions) is first
    finally:
        await workers.close()
