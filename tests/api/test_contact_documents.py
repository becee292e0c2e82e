"""A contact's document, its row, its values, its history and what search finds of it: they always agree.

Two engines (as of two processes) on one database admit against the same head; people in both, some of them offline
for a while, some by REST, set the same and different properties at once, good values and bad ones.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pycrdt import Map
from sqlalchemy import insert, select, update

from api import schema
from api.access import Member
from api.births import bear
from api.catalogue import Catalogue, read_definitions
from api.contact_documents import Origin, Stale, contact_kind, document_of, full_name, insert_births
from api.drafts import Draft
from api.properties import admit, text_of, words_of
from api.search import find_contacts
from api.settings import read_settings
from api.tables import changes, contacts, property_changes, property_definitions, property_values, search_entries, users
from api.words import read_query
from sync import documents, protocol
from sync.broker import LocalBroker
from sync.database import Database
from sync.difference import plain, same
from sync.kinds import Rejected
from sync.lib0 import Reader, read_vector
from sync.limits import Limits
from sync.rooms import Rooms
from sync.sql_store import SqlStore
from sync.tables import document_clients, document_updates
from sync.workers import Workers
from tests.sync.wire import ACTORS, HocuspocusClient, MemorySocket, until

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
CONTACT = "con_1"
NAME = document_of(CONTACT)
MEMBER = Member(id="usr_lea", name="Léa", email="lea@carnet.test", role="editor", color="#000")


class Person(HocuspocusClient):
    """Somebody with the contact open; `seen` is every state that was ever shown to them by somebody else."""

    def __init__(self, rooms: Rooms, token: str) -> None:
        super().__init__(rooms, token, NAME)
        self.doc["properties"] = self.map = Map[Any]()
        self.seen: list[dict[str, Any]] = []
        self.mine: list[tuple[str, Any]] = []
        self.told: list[dict[str, Any]] = []

    @property
    def values(self) -> dict[str, Any]:
        return dict(plain(self.map.to_py() or {}))

    def set(self, key: str, value: Any) -> None:
        self.mine.append((key, value))
        if value is not None:
            self.map[key] = value
        elif key in self.map:
            del self.map[key]

    def made(self, key: str, value: Any) -> bool:
        return any(key == own and same(value, written) for own, written in self.mine)

    async def leave(self) -> None:
        """The connection is lost; what they write from here on stays with them."""
        (serving, listening), self.tasks = self.tasks, []
        self.socket.inbox.put_nowait(None)
        await serving
        listening.cancel()

    def come_back(self) -> None:
        """Connect anew, with all that was written meanwhile."""
        self.socket, self.synced = MemorySocket(), False
        self.connect()

    def apply(self, update: bytes) -> None:
        super().apply(update)
        self.seen.append(self.values)

    def hear(self, frame: bytes) -> None:
        reader = Reader(frame, len(self.prefix))
        if frame != protocol.PING_FRAME and reader.var_uint() == protocol.STATELESS:
            self.told += json.loads(reader.var_string())["problems"]
        else:
            super().hear(frame)


@dataclass
class Engines:
    """Two engines on one file, and what they stand on."""

    one: Rooms
    two: Rooms
    database: Database
    catalogue: Catalogue
    people: list[Person] = field(default_factory=list)

    async def person(self, rooms: Rooms, token: str) -> Person:
        """Somebody who has the contact open."""
        person = Person(rooms, token)
        self.people.append(person)
        person.connect()
        await until(lambda: person.saved, 30)
        return person

    async def agree(self) -> dict[str, Any]:
        """Everybody is saved and sees the same; so do the row, the values, the history and search. What it is."""
        await until(lambda: all(one.saved and same(one.values, self.people[0].values) for one in self.people), 60)
        held = await self.database.read(_held)
        assert all(same(person.values, held.document) for person in self.people)
        assert admit(self.catalogue.definitions, {}, held.document).problems == ()
        assert same(held.row, held.document)
        assert same(held.history, held.document)
        assert held.found == {key.partition(":")[2] or value for key, value in held.document.items()}
        for person in self.people:
            if person.doc.client_id in read_vector(person.doc.get_state()):
                assert held.owners[person.doc.client_id] == ACTORS[person.token].id
        definitions = self.catalogue.definitions
        assert held.entry == (full_name(held.document), " · ".join(words_of(definitions, held.row)))
        findable = {str(text_of(key, value)) for key, value in held.document.items() if key != "owner_id"}
        assert {word for word in WORDS if await self.finds(word)} == findable & WORDS
        for number in range(len(held.updates)):
            earlier = documents.values(None, held.updates[: number + 1], "properties")
            assert admit(definitions, {}, earlier).corrections == {}, f"row {number + 1} shows {earlier}"
        return held.document

    async def finds(self, word: str) -> bool:
        """Whether search finds the contact by this word."""
        hits = await self.database.read(lambda tx: find_contacts(tx, MEMBER, read_query(word), 5))
        return [hit.contact_id for hit in hits] == [CONTACT]


@dataclass(frozen=True)
class _Held:
    updates: list[bytes]
    document: dict[str, Any]
    row: dict[str, Any]
    history: dict[str, Any]
    found: set[Any]
    entry: tuple[str, str]
    owners: dict[int, str]


async def _held(tx: Any) -> _Held:
    """What the database holds of the contact, each in its own words; the history is replayed."""
    updates = await tx.execute(
        select(document_updates.c.bytes).where(document_updates.c.name == NAME).order_by(document_updates.c.seq)
    )
    rows = list(updates.scalars())
    document = documents.values(None, rows, "properties")
    row = (await tx.execute(select(contacts).where(contacts.c.id == CONTACT))).one()
    assert (row.firstname, row.lastname) == (document.get("firstname"), document.get("lastname"))
    history: dict[str, Any] = {}
    seqs = []
    written = select(property_changes).where(property_changes.c.contact_id == CONTACT)
    for change in await tx.execute(written.order_by(property_changes.c.seq)):
        key = f"{change.name}:{change.element}" if change.element else change.name
        old = None if change.old is None else json.loads(change.old)
        assert same(history.pop(key, None), old), f"{key} was {old} before {change.seq}"
        if change.new is not None:
            history[key] = json.loads(change.new)
        seqs.append(change.seq)
    assert row.version == max(seqs, default=0)
    told = select(changes.c.seq).where(changes.c.object_id == CONTACT).order_by(changes.c.number)
    assert list((await tx.execute(told)).scalars()) == sorted(set(seqs) - {1}), "every change but the first is told"
    values = await tx.execute(select(property_values.c.value).where(property_values.c.contact_id == CONTACT))
    entry = (
        await tx.execute(
            select(search_entries.c.title, search_entries.c.detail).where(search_entries.c.object_id == CONTACT)
        )
    ).one()
    clients = select(document_clients.c.client_id, document_clients.c.user_id).where(document_clients.c.name == NAME)
    owners = dict(iter(await tx.execute(clients)))
    return _Held(rows, document, json.loads(row.properties), history, set(values.scalars()), tuple(entry), owners)


Blank = Callable[[Path], str]
"""The address of a fresh copy; SQLite's lies in the folder."""


@pytest.fixture(scope="module")
def blank(backend: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Blank:
    """A migrated database with three people in it, for every example to copy."""
    folder, name = tmp_path_factory.mktemp("blank"), f"blank_{secrets.token_hex(8)}"
    url = "" if backend == "sqlite" else request.getfixturevalue("postgres").make_database(name)

    async def make() -> None:
        config = read_settings({"CARNET_DATA_DIR": str(folder), "CARNET_DATABASE_URL": url})
        await schema.migrate(config)
        async with schema.open_database(config) as database:
            people = [
                {"id": actor.id, "email": f"{name}@carnet.test", "name": name, "role": "editor", "created_at": NOW}
                for name, actor in ACTORS.items()
            ]
            await database.write(lambda tx: tx.execute(insert(users), people))

    def copy(to: Path) -> str:
        if url:
            made: str = request.getfixturevalue("postgres").make_database(f"copy_{secrets.token_hex(8)}", name)
            return made
        return f"sqlite:///{shutil.copy(folder / 'carnet.db', to)}"

    asyncio.run(make())
    return copy


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One loop for all examples, so that its worker processes serve them all."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def workers(loop: asyncio.Runner) -> Iterator[Workers]:
    running = Workers(Limits())
    loop.run(running.start())
    yield running
    loop.run(running.close())


@asynccontextmanager
async def engines(blank: Blank, workers: Workers) -> AsyncIterator[Engines]:
    """Two engines on a fresh copy, with one contact in it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = blank(folder)
        rooms = []
        for node in ("one", "two"):
            database = Database(url)
            await database.start()
            stack.push_async_callback(database.close)
            catalogue = Catalogue()
            await catalogue.refresh(database)
            if node == "one":
                (birth,) = bear(catalogue.definitions, [Draft({"firstname": "Ada"})])
                store = SqlStore(database, "import")
                await database.write(
                    partial(_born, store=store, definitions=catalogue.definitions, births={CONTACT: birth})
                )
            kind = contact_kind(database, catalogue, lambda: None)
            limits = replace(Limits(), sweep_seconds=0.05)
            store = SqlStore(database, node)
            running = Rooms(store, workers, LocalBroker(node), [kind], limits=limits, node=node)
            rooms.append(await stack.enter_async_context(running))
        made = Engines(*rooms, database, catalogue)
        yield made
        for person in made.people:
            await person.disconnect()


async def _born(tx: Any, store: SqlStore, definitions: Any, births: Any) -> None:
    await insert_births(tx, store, definitions, "usr_lea", births, NOW, "import")


GOOD = [
    ("firstname", "Ada"), ("firstname", "Grace"), ("firstname", None), ("city", "Lyon"), ("city", "Paris"),
    ("emails:a@x.fr", {"primary": True}), ("emails:a@x.fr", None), ("emails:b@x.fr", {}), ("tags:vip", True),
    ("lifecyclestage", "lead"), ("lifecyclestage", "customer"), ("owner_id", "usr_tom"), ("tags:vip", None),
]  # fmt: skip
SLOPPY = [("firstname", " Ada "), ("emails:A@X.fr", {"primary": True}), ("phones:06 12 34 56 78", True), ("city", " ")]
BAD = [
    ("firstname", 3), ("lifecyclestage", "boss"), ("emails:nobody", {}), ("tags:vip", 1), ("nothing", "x"),
    ("owner_id", "usr_nobody"), ("city", "Lyon\n"), ("emails", ["a@x.fr"]),
]  # fmt: skip
WORDS = {text_of(key, value) for key, value in GOOD if isinstance(value, str | dict | bool) and key != "owner_id"}
EDIT = st.tuples(st.sampled_from(["lea", "tom", "offline"]), st.sampled_from(GOOD + SLOPPY + BAD))
BY_REST = st.tuples(st.sampled_from(["rest one", "rest two"]), st.sampled_from(GOOD + BAD))
COMING_AND_GOING = st.tuples(st.sampled_from(["leave", "come back"]), st.sampled_from(["lea", "tom", "offline"]))
MOMENT = st.tuples(st.just("wait"), st.none())


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # who comes first differs from run to run: shrinking would go astray
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(EDIT | BY_REST | COMING_AND_GOING | MOMENT, min_size=8, max_size=30))
def test_nobody_but_the_author_sees_a_bad_value_and_everything_agrees(
    acts: list[Any], blank: Blank, workers: Workers, loop: asyncio.Runner
) -> None:
    async def play() -> None:
        async with engines(blank, workers) as both:
            lea, tom = await both.person(both.one, "lea"), await both.person(both.two, "tom")
            away = Person(both.two, "tom")  # not connected yet: writes into a copy that nobody has seen
            away.apply(lea.doc.get_update(away.doc.get_state()))
            away.seen.clear()
            both.people.append(away)
            writers = {"lea": lea, "tom": tom, "offline": away}
            rest: list[asyncio.Task[None]] = []
            for act, what in acts:
                if act == "wait":
                    await asyncio.sleep(0.01)
                elif act in ("rest one", "rest two"):
                    rooms = both.one if act == "rest one" else both.two
                    rest.append(asyncio.create_task(by_rest(rooms, *what)))
                elif act == "leave" and writers[what].tasks:
                    await writers[what].leave()
                elif act == "come back" and not writers[what].tasks:
                    writers[what].come_back()
                elif act in writers:
                    writers[act].set(*what)
            for person in both.people:
                if not person.tasks:
                    person.come_back()
            await asyncio.wait_for(asyncio.gather(*rest), 60)
            await both.agree()
            for person in both.people:
                for state in person.seen:
                    others = {key: value for key, value in state.items() if not person.made(key, value)}
                    assert admit(both.catalogue.definitions, {}, others).corrections == {}, (person.token, others)

    loop.run(play())


async def by_rest(rooms: Rooms, key: str, value: Any) -> None:
    """A value as REST writes it. Only bad ones are refused; one that loses to a concurrent value is not even that."""
    try:
        await rooms.set_values(NAME, ACTORS["mia"], {key: value}, Origin("api"))
    except Rejected:
        assert (key, value) in BAD


def run(loop: asyncio.Runner, blank: Blank, workers: Workers, play: Callable[[Engines], Awaitable[None]]) -> None:
    async def run_it() -> None:
        async with engines(blank, workers) as both:
            await play(both)

    loop.run(run_it())


def test_an_owner_who_does_not_exist_is_put_back_and_its_author_alone_is_told(
    blank: Blank, workers: Workers, loop: asyncio.Runner
) -> None:
    async def play(both: Engines) -> None:
        lea, tom = await both.person(both.one, "lea"), await both.person(both.two, "tom")
        with lea.doc.transaction():
            lea.set("owner_id", "usr_nobody")
            lea.set("city", "Lyon")
        await until(lambda: tom.values.get("city") == "Lyon" and lea.saved)
        assert await both.agree() == {"firstname": "Ada", "city": "Lyon"}
        assert [(problem["key"], problem["code"]) for problem in lea.told] == [("owner_id", "unknown_user")]
        assert tom.told == []
        assert all("owner_id" not in state for state in tom.seen)

    run(loop, blank, workers, play)


def test_a_unique_value_is_had_by_one_contact_alone(blank: Blank, workers: Workers, loop: asyncio.Runner) -> None:
    async def play(both: Engines) -> None:
        await both.database.write(
            lambda tx: tx.execute(
                update(property_definitions).where(property_definitions.c.name == "emails").values(unique_value=True)
            )
        )
        for rooms in (both.one, both.two):
            rooms.kind_of(NAME).admit.definitions = await both.database.read(read_definitions)
        (birth,) = bear(both.catalogue.definitions, [Draft({"email": "a@x.fr"})])
        store = SqlStore(both.database, "import")
        definitions = await both.database.read(read_definitions)
        write = partial(_born, store=store, definitions=definitions)
        await both.database.write(partial(write, births={"con_2": birth}))
        lea = await both.person(both.one, "lea")
        lea.set("emails:A@x.fr", {})
        lea.set("emails:b@x.fr", {})
        await until(lambda: lea.saved and bool(lea.told))
        assert [(problem["key"], problem["code"]) for problem in lea.told] == [("emails:a@x.fr", "taken")]
        assert await both.agree() == {"firstname": "Ada", "emails:b@x.fr": {}}
        with pytest.raises(Rejected):
            await both.database.write(partial(write, births={"con_3": birth}))

    run(loop, blank, workers, play)


def test_a_version_that_has_passed_is_found_in_the_transaction_itself(
    blank: Blank, workers: Workers, loop: asyncio.Runner
) -> None:
    async def play(both: Engines) -> None:
        lea = await both.person(both.one, "lea")
        edits = [
            rooms.set_values(NAME, ACTORS["tom"], {"city": city}, Origin("api", expected_version=1))
            for rooms, city in ((both.one, "Lyon"), (both.two, "Paris"))
        ]
        outcomes = await asyncio.gather(*edits, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [Stale]
        assert lea.denied == []
        assert (await both.agree())["city"] in ("Lyon", "Paris")

    run(loop, blank, workers, play)


def test_history_says_by_which_road_a_value_came(blank: Blank, workers: Workers, loop: asyncio.Runner) -> None:
    async def play(both: Engines) -> None:
        lea = await both.person(both.one, "lea")
        lea.set("city", "Lyon")
        await until(lambda: lea.saved)
        await both.one.set_values(NAME, ACTORS["tom"], {"city": "Paris"}, Origin("api"))
        await both.agree()
        columns = (property_changes.c.seq, property_changes.c.actor_id, property_changes.c.source)
        rows = await both.database.read(lambda tx: tx.execute(select(*columns).order_by(columns[0])))
        assert [tuple(row) for row in rows] == [(1, "usr_lea", "import"), (2, "usr_lea", "ui"), (3, "usr_tom", "api")]

    run(loop, blank, workers, play)
