"""The words of search entries, as each database searches them best: all that search has to say to one in particular.

SQLite has them in FTS5, one row an entry. PostgreSQL has them in vectors of words and positions that are made here, so
that no dictionary and no extension of it has a say. A vector has its limits (a word 256 places, all of it 1 MB), so a
long text stands in several, each of which begins with the last words of the one before: every phrase is whole in one.

Words and phrases come folded (words.py): letters, digits and spaces, so there is nothing in them to escape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Dialect,
    Text,
    TypeDecorator,
    bindparam,
    column,
    delete,
    insert,
    literal,
    table,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api.words import PHRASE_WORDS_MAX

VECTOR_WORDS_MAX = 4_000
VECTOR_BYTES_MAX = 500_000
PLACES_A_WORD_MAX = 250
BYTES_A_CHARACTER_MAX = 4

_FTS5 = table("search_index", column("rowid"), column("title"), column("body"))
_VECTORS = table("search_index", column("entry_id"), column("title", TSVECTOR), column("body", TSVECTOR))

_ENTRIES: BindParameter[int] = bindparam("entries", expanding=True)
_PUT_WORDS, _DROP_WORDS = insert(_FTS5), delete(_FTS5).where(_FTS5.c.rowid.in_(_ENTRIES))
_PUT_VECTORS, _DROP_VECTORS = insert(_VECTORS), delete(_VECTORS).where(_VECTORS.c.entry_id.in_(_ENTRIES))


# --- writing ---


async def put(tx: AsyncConnection, entries: Mapping[int, tuple[str, str]]) -> None:
    """Entry → title and body. Nothing may be there of these entries."""
    if tx.dialect.name == "sqlite":
        whole = [{"rowid": entry, "title": title, "body": body} for entry, (title, body) in entries.items()]
        await tx.execute(_PUT_WORDS, whole)
        return
    parts = [
        {"entry_id": entry, "title": title_part, "body": body_part}
        for entry, (title, body) in entries.items()
        for title_part, body_part in zip_longest(vectors(title), vectors(body), fillvalue="")
    ]
    if parts:
        await tx.execute(_PUT_VECTORS, parts)


async def drop(tx: AsyncConnection, entry_ids: Sequence[int]) -> None:
    """Nothing is found by the words of these entries any more."""
    gone = _DROP_WORDS if tx.dialect.name == "sqlite" else _DROP_VECTORS
    await tx.execute(gone, {"entries": entry_ids})


def vectors(folded: str) -> Iterator[str]:
    """The vectors of a text, as PostgreSQL reads them: 'word':1,7 'other':2 …"""
    words = folded.split()
    start = end = 0
    while end < len(words):
        places: dict[str, list[int]] = {}
        size_bytes = 0
        for end in range(start, min(start + VECTOR_WORDS_MAX, len(words))):
            word = words[end]
            size_bytes += len(word) * BYTES_A_CHARACTER_MAX
            if size_bytes > VECTOR_BYTES_MAX or len(places.get(word, ())) == PLACES_A_WORD_MAX:
                break
            places.setdefault(word, []).append(end - start + 1)
        else:
            end += 1
        yield " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in places.items())
        start = end - (PHRASE_WORDS_MAX - 1)


# --- finding ---


def stands(entry_id: ColumnElement[int], phrase: str) -> ColumnElement[bool]:
    """The condition that the phrase stands in the entry, be it in its title or its body. Its last word may go on."""
    return _Stands(entry_id, literal(phrase, _Phrase))


def stands_in_title(entry_id: ColumnElement[int], phrase: str) -> ColumnElement[bool]:
    """The condition that the phrase stands in the entry's title."""
    return _StandsInTitle(entry_id, literal(phrase, _Phrase))


class _Phrase(TypeDecorator[str]):
    """A phrase in the database's own language."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        assert value, "expected a phrase"
        if dialect.name == "sqlite":
            return f'"{value}" *'
        return " <-> ".join(f"'{word}'" for word in value.split(" ")) + ":*"


class _Stands(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()


class _StandsInTitle(_Stands):
    inherit_cache = True


@compiles(_Stands, "sqlite")
def _match(element: _Stands, compiler: SQLCompiler, **options: Any) -> str:
    entry_id, phrase = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{entry_id} IN (SELECT rowid FROM search_index WHERE search_index MATCH {phrase})"


@compiles(_StandsInTitle, "sqlite")
def _match_title(element: _StandsInTitle, compiler: SQLCompiler, **options: Any) -> str:
    entry_id, phrase = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{entry_id} IN (SELECT rowid FROM search_index WHERE search_index MATCH 'title : ' || {phrase})"


@compiles(_Stands, "postgresql")
def _query(element: _Stands, compiler: SQLCompiler, **options: Any) -> str:
    entry_id, phrase = (compiler.process(clause, **options) for clause in element.clauses)
    query = f"CAST({phrase} AS tsquery)"
    return f"{entry_id} IN (SELECT entry_id FROM search_index WHERE title @@ {query} OR body @@ {query})"


@compiles(_StandsInTitle, "postgresql")
def _query_title(element: _StandsInTitle, compiler: SQLCompiler, **options: Any) -> str:
    entry_id, phrase = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{entry_id} IN (SELECT entry_id FROM search_index WHERE title @@ CAST({phrase} AS tsquery))"
