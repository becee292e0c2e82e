"""Words and phrases in the index of each database: found where they stand, however long the text, and nowhere else."""

import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from api import schema, search_index
from api.search_index import stands, stands_in_title
from api.words import PHRASE_WORDS_MAX, fold, read_query
from sync.database import Database
from tests.support.world import settings_in

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]

ENTRY = literal(7)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(
    tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[Path], str]
) -> AsyncIterator[Database]:
    folder = tmp_path_factory.mktemp("index")
    of_it = settings_in(folder, new_database(folder))
    await schema.migrate(of_it)
    async with schema.open_database(of_it) as opened:
        yield opened


async def write(database: Database, title: str, body: str) -> None:
    """In place of what was there."""

    async def rewrite(tx):  # type: ignore[no-untyped-def]
        await search_index.drop(tx, [7])
        await search_index.put(tx, {7: (fold(title), fold(body))})

    await database.write(rewrite)


async def found(database: Database, typed: str) -> tuple[bool, bool]:
    """Whether the words stand anywhere, and whether in the title."""
    (phrase,) = read_query(typed).phrases
    columns = select(stands(ENTRY, phrase), stands_in_title(ENTRY, phrase))
    row = (await database.read(lambda tx: tx.execute(columns))).one()
    return bool(row[0]), bool(row[1])


async def test_a_phrase_stands_in_the_title_or_in_the_body_never_across(database: Database) -> None:
    await write(database, "Rendez-vous au café", "l'été indien")
    assert await found(database, "rendez-vous") == (True, True)
    assert await found(database, "CAF") == (True, True)
    assert await found(database, "l'ete") == (True, False)
    assert await found(database, "café-l") == (False, False)
    assert await found(database, "vous-rendez") == (False, False)


async def test_what_is_dropped_is_found_no_more(database: Database) -> None:
    await write(database, "here", "and there")
    await database.write(lambda tx: search_index.drop(tx, [7]))
    assert await found(database, "here") == (False, False)
    await write(database, "", "")
    assert await found(database, "there") == (False, False)


async def test_every_phrase_of_a_long_text_is_found(database: Database, chance: random.Random) -> None:
    words = [f"{chance.randrange(500):x}" for _ in range(30_000)]
    words[::3] = ["de"] * len(words[::3])  # far more often than a vector has places for
    await write(database, "", " ".join(words))
    for length in (1, 2, 50, PHRASE_WORDS_MAX):
        for _ in range(20):
            at = chance.randrange(len(words) - length)
            assert await found(database, "-".join(words[at : at + length])) == (True, False)
            assert await found(database, "-".join([*words[at : at + length], "zz"])) == (
                length == PHRASE_WORDS_MAX,
                False,
            )


async def test_a_word_longer_than_any_is_found_by_its_beginning(database: Database) -> None:
    await write(database, "", " ".join(f"{first}{'é' * 5_000}" for first in "abc" * 500))
    assert await found(database, "c" + "é" * 400) == (True, False)
    assert await found(database, "d" + "é" * 400) == (False, False)


WORD = st.text(st.sampled_from("abé京"), min_size=1, max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    title=st.lists(WORD, max_size=8), body=st.lists(WORD, max_size=60), phrase=st.lists(WORD, min_size=1, max_size=4)
)
async def test_exactly_what_stands_there_is_found(
    database: Database, monkeypatch: pytest.MonkeyPatch, title: list[str], body: list[str], phrase: list[str]
) -> None:
    for name, value in (("VECTOR_WORDS_MAX", 10), ("PLACES_A_WORD_MAX", 4), ("PHRASE_WORDS_MAX", 4)):
        monkeypatch.setattr(search_index, name, value)
    wanted = fold(" ".join(phrase)).split()[:4]
    await write(database, " ".join(title), " ".join(body))

    def holds(text: list[str]) -> bool:
        words = fold(" ".join(text)).split()
        return any(
            words[at : at + len(wanted) - 1] == wanted[:-1] and words[at + len(wanted) - 1].startswith(wanted[-1])
            for at in range(len(words) - len(wanted) + 1)
        )

    columns = select(stands(ENTRY, " ".join(wanted)), stands_in_title(ENTRY, " ".join(wanted)))
    row = (await database.read(lambda tx: tx.execute(columns))).one()
    assert (bool(row[0]), bool(row[1])) == (holds(title) or holds(body), holds(title))
