"""One recovery path: whoever follows the changes and reads again what they name holds what a fresh reader reads.

A follower re-reads a contact for `contact.*`, a note and its contact for `note.*`, nothing more, and after each return
that must be everything: a verb that forgets its change is caught. It goes away and comes back in between, sometimes
after more changes than are kept; then it is told to start afresh and does.
"""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api import feed
from api.changes import listen
from api.credentials import find_credential, hash_secret
from api.feed import last_number
from tests.support.in_process import InProcess, in_process

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]

CHANGES_KEPT, CHANGES_IN_MEMORY = 12, 6

CONTACTS, NOTES = st.integers(0, 2), st.integers(0, 4)
WORDS = st.sampled_from(["", "one", "two words", "été\n\nsecond block"])
NAMES = st.sampled_from(["one", "two words", "Éloïse"])
VERBS = st.one_of(
    st.tuples(st.just("create_contact"), NAMES),
    st.tuples(st.just("patch_contact"), CONTACTS, NAMES),
    st.tuples(st.just("create_note"), CONTACTS, WORDS),
    st.tuples(st.just("edit_note"), CONTACTS, NOTES, WORDS),
    st.tuples(st.just("move_note"), CONTACTS, NOTES, st.integers(1, 28)),
    st.tuples(st.just("append"), CONTACTS, NOTES, WORDS),
    st.tuples(st.just("delete_note"), CONTACTS, NOTES),
    st.tuples(st.just("restore_note"), CONTACTS, NOTES),
    st.tuples(st.just("follow")),
)


@dataclass
class Writer:
    """Does what it is told, as far as there is something to do it to."""

    server: InProcess
    contacts: list[str] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)

    async def do(self, verb: str, *arguments: Any) -> None:
        if verb == "create_contact":
            contact = await self.server.new_contact(*arguments)
            self.contacts.append(contact["id"])
            self.notes[contact["id"]] = [contact["main_note_id"]]
        elif self.contacts:
            contact_id = self.contacts[arguments[0] % len(self.contacts)]
            await getattr(self, verb)(contact_id, *arguments[1:])

    async def patch_contact(self, contact_id: str, name: str) -> None:
        body = {"properties": {"lastname": name}}
        await self.expect(200, "PATCH", f"/contacts/{contact_id}", body)

    async def create_note(self, contact_id: str, words: str) -> None:
        self.notes[contact_id].append((await self.server.new_note(contact_id, words))["id"])

    async def edit_note(self, contact_id: str, note: int, words: str) -> None:
        await self.expect(200, "PATCH", f"/notes/{self.note(contact_id, note)}", {"body": words})

    async def move_note(self, contact_id: str, note: int, day: int) -> None:
        body = {"occurred_at": f"2025-01-{day:02}T00:00:00Z", "title": f"Day {day}"}
        await self.expect(200, "PATCH", f"/notes/{self.note(contact_id, note)}", body)

    async def append(self, contact_id: str, note: int, words: str) -> None:
        await self.expect(200, "POST", f"/notes/{self.note(contact_id, note)}/append", {"body": words})

    async def delete_note(self, contact_id: str, note: int) -> None:
        await self.expect(204, "DELETE", f"/notes/{self.note(contact_id, note)}")

    async def restore_note(self, contact_id: str, note: int) -> None:
        answer = await self.server.lea.post(f"/activities/{self.note(contact_id, note)}/restore")
        assert answer.status_code == 200, answer.text

    def note(self, contact_id: str, number: int) -> str:
        notes = self.notes[contact_id]
        return notes[number % len(notes)]

    async def expect(self, status: int, method: str, path: str, body: Any = None) -> None:
        """Deleted notes and main ones refuse some verbs; nothing else is to go wrong."""
        answer = await self.server.lea.request(method, path, json=body)
        assert answer.status_code in (status, 404, 409), answer.text


State = dict[str, dict[str, Any]]


async def read_all(server: InProcess, contact_ids: list[str]) -> State:
    """What a fresh reader holds: contacts and their notes."""
    contacts = {contact_id: await server.get(f"/contacts/{contact_id}") for contact_id in contact_ids}
    notes: dict[str, Any] = {}
    for contact in contacts.values():
        main = await server.get(f"/notes/{contact['main_note_id']}")
        listed = await server.get(f"/contacts/{contact['id']}/notes", limit=200)
        notes |= {note["id"]: note for note in [main, *listed["results"]]}
    return {"contacts": contacts, "notes": notes}


@dataclass
class Follower:
    """Somebody with the product open: `state` is what they see."""

    server: InProcess
    writer: Writer
    number: int
    state: State = field(default_factory=lambda: {"contacts": {}, "notes": {}})
    resets: int = 0

    async def follow(self) -> None:
        """Come back with the last number, hear of everything up to now, and go away again."""
        newest = await self.server.carnet.database.read(last_number)
        now = self.server.clock()
        secret = hash_secret(self.server.tokens["lea"])
        credential = await self.server.carnet.database.read(lambda tx: find_credential(tx, secret, now))
        assert credential is not None
        events = cast(AsyncGenerator[bytes, None], listen(self.server.carnet, credential, self.number))
        self.server.carnet.feed.wake()
        async with aclosing(events):
            while self.number < newest:
                for event in (await anext(events)).decode().split("\n\n"):
                    await self.hear(dict(line.split(": ", 1) for line in event.splitlines() if line[0] != ":"))
        assert self.state == await read_all(self.server, self.writer.contacts)

    async def hear(self, event: dict[str, str]) -> None:
        if event.get("event") == "reset":
            self.resets += 1
            self.state = await read_all(self.server, self.writer.contacts)
        elif "data" in event:
            change = json.loads(event["data"])
            contact = await self.server.get(f"/contacts/{change['contact_id']}")
            self.state["contacts"][contact["id"]] = contact
            if change["type"].startswith("contact."):
                # With a contact comes its main note, still empty.
                main = contact["main_note_id"]
                self.state["notes"].setdefault(main, await self.server.get(f"/notes/{main}"))
            else:
                answer = await self.server.lea.get(f"/notes/{change['id']}")
                self.state["notes"].pop(change["id"], None)
                if answer.status_code == 200:
                    self.state["notes"][change["id"]] = answer.json()
        self.number = int(event.get("id", self.number))


async def replay(server: InProcess, verbs: list[tuple[Any, ...]]) -> Follower:
    writer = Writer(server)
    follower = Follower(server, writer, await server.carnet.database.read(last_number))
    for verb, *arguments in verbs:
        if verb == "follow":
            await follower.follow()
        else:
            await writer.do(verb, *arguments)
        server.clock.pass_(seconds=1)
    await follower.follow()
    for contact_id, contact in follower.state["contacts"].items():
        assert contact["notes_text"] == text_of(follower.state, contact_id)
        assert contact["notes_excerpt"] == follower.state["notes"][contact["main_note_id"]]["excerpt"]
    return follower


def text_of(state: State, contact_id: str) -> str:
    """A contact's `notes_text`, by what a follower holds."""
    notes = [note for note in state["notes"].values() if note["contact_id"] == contact_id and note["excerpt"]]
    by_id = sorted(notes, key=lambda note: note["id"])
    newest_first = sorted(by_id, key=lambda note: (note["main"], note["occurred_at"]), reverse=True)
    return "\n\n".join(note["text"] for note in newest_first)


LIFE = [
    ("create_contact", "one"),
    ("create_note", 0, "two words"),
    ("edit_note", 0, 0, "one"),
    ("patch_contact", 0, "one"),
    ("move_note", 0, 1, 3),
    ("delete_note", 0, 1),
    ("restore_note", 0, 1),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(verbs=st.lists(VERBS, max_size=20))
@example(verbs=[step for verb in LIFE for step in (verb, ("follow",))])
async def test_old_state_and_changes_are_the_fresh_state(
    server: InProcess, monkeypatch: pytest.MonkeyPatch, verbs: list[tuple[Any, ...]]
) -> None:
    monkeypatch.setattr(feed, "CHANGES_KEPT", CHANGES_KEPT)
    await replay(server, verbs)


async def test_who_was_away_for_more_changes_than_are_kept_starts_afresh(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "CHANGES_KEPT", CHANGES_KEPT)
    monkeypatch.setattr(feed, "CHANGES_IN_MEMORY", CHANGES_IN_MEMORY)
    async with in_process(tmp_path_factory.mktemp("small")) as server:
        follower = await replay(server, [*LIFE, ("follow",), *LIFE * 4, ("follow",), *LIFE])

    assert follower.resets == 1
