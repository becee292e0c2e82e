"""What must hold, judged from outside: by what people were told, what lies in the database, and what anybody is shown.

I1  nothing acknowledged is missing          I5  who wrote what is who typed it
I2  all agree within 10 s of healing         I6  revoked stays revoked
I3  nothing is shown that is not committed   I7  other documents are untouched
I4  nothing is doubled
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

from tests.rig.logs import Row
from tests.rig.site import Site, Typist
from tests.support.counting import counting
from tests.support.node import Node, Person
from tests.support.server import Note
from tests.support.waiting import allowed, until

HEALED_SECONDS_MAX = 10.0
"""Within these all agree once nothing is broken any more (I2)."""
REVOKED_SECONDS_MAX = 5.0
"""Within these nobody is heard or told anything any more whose account is gone (I6)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A log as real Yjs reads it."""

    text: str
    properties: dict[str, Any]
    clocks: dict[int, int]
    written: dict[int, list[str]]
    waits: bool


@dataclass(slots=True)
class Oracle:
    """`judge` is the Node process of judge.mjs; listen to the people before they write."""

    site: Site
    judge: Node
    stored: dict[str, int] = field(default_factory=dict)
    untouched: dict[str, list[Row]] = field(default_factory=dict)
    removed: dict[str, dict[str, Any]] = field(default_factory=dict)
    audits: int = 0

    def hear(self, told: dict[str, Any]) -> None:
        """The journal: how far each person's words are stored, as that person was told."""
        if told["event"] == "stored":
            self.stored[told["name"]] = told["clock"]

    async def read(self, document: str, rows: list[Row] | None = None) -> Reading:
        """What lies in the database of a document."""
        rows = rows if rows is not None else await self.site.logs.rows(document)
        said = [[row.author_id, base64.b64encode(row.update).decode()] for row in rows]
        answer = await self.judge.ask("read", rows=said)
        by_client = {key: {int(c): value for c, value in answer[key].items()} for key in ("clocks", "written")}
        return Reading(answer["text"], answer["properties"], by_client["clocks"], by_client["written"], answer["waits"])

    def begin_anew(self) -> None:
        """Everybody has left."""
        self.site.typists.clear()
        for known in (self.stored, self.untouched, self.removed):
            known.clear()

    async def leave_alone(self, note: Note) -> None:
        """Nobody touches these any more."""
        for document in (note.document, f"contact/{note.contact_id}"):
            self.untouched[document] = await self.site.logs.rows(document)

    async def remove(self, account: str) -> None:
        """Withdraw an account; what its owner knows and has written some seconds later is all there ever will be."""
        await asyncio.to_thread(self.site.office.carnet, "user", "remove", account)
        (one,) = [one for one in self.site.typists if one.account == account]
        await one.person.until(refusals=bool)
        await asyncio.sleep(REVOKED_SECONDS_MAX)
        self.removed[account] = await self._of_removed(one)

    async def _of_removed(self, one: Typist) -> dict[str, Any]:
        knows = await one.person.do("knows")
        others = {client: clock for client, clock in knows["clocks"].items() if int(client) != knows["client"]}
        committed = (await self.read(one.document)).clocks.get(knows["client"], 0)
        return {"knows of others": others, "committed": committed}

    # --- at any time, in the midst of it ---

    async def audit(self) -> None:
        """I1 and I3: what somebody was told or shown a moment ago is in the database now."""
        told = dict(self.stored)
        knows = {one.name: await one.person.do("knows") for one in self.site.typists}
        for document in {one.document for one in self.site.typists}:
            reading = await self.read(document)
            assert not reading.waits, f"{document}: the log has a gap"
            for one in self.site.typists:
                if one.document == document:
                    self._covers(reading, one, knows[one.name], told.get(one.name, 0))
        self.audits += 1

    @staticmethod
    def _covers(reading: Reading, one: Typist, knows: dict[str, Any], told: int) -> None:
        own = knows["client"]
        committed = reading.clocks.get(own, 0)
        assert told <= committed, f"I1: {one.name} was told that {told} is stored, committed is {committed}"
        seen = {int(client): clock for client, clock in knows["clocks"].items() if int(client) != own}
        early = {client: (clock, reading.clocks.get(client, 0)) for client, clock in seen.items()}
        early = {client: both for client, both in early.items() if both[0] > both[1]}
        assert not early, f"I3: {one.name} sees of client: (this, committed is only that): {early}"

    # --- after healing ---

    async def verdict(self) -> float:
        """Everything, once nothing is broken any more and nobody types; how many seconds it took until all agreed."""
        began = asyncio.get_running_loop().time()
        there = [one for one in self.site.typists if one.account not in self.removed]
        for document in sorted({one.document for one in there}):
            typists = [one for one in there if one.document == document]
            await self._all_agree(document, typists, began)
            await self._is_what_was_typed(document, typists)
        took = asyncio.get_running_loop().time() - began
        assert took < allowed(HEALED_SECONDS_MAX), f"I2: all agreed {took:.1f} s after healing"
        await self.audit()
        for one in self.site.typists:
            if (then := self.removed.get(one.account)) is not None:
                now = await self._of_removed(one)
                assert now == then, f"I6: {one.account} was removed and had {then}, now {now}"
        for document, rows in self.untouched.items():
            assert await self.site.logs.rows(document) == rows, f"I7: {document} has changed"
        return took

    async def _all_agree(self, document: str, typists: list[Typist], began: float) -> None:
        """I2: every client, and every projection of every node."""
        differs = ""

        async def agree() -> bool:
            nonlocal differs
            before, differs = differs, await self._difference(document, typists)
            if differs and differs != before:
                print(f"{asyncio.get_running_loop().time() - began:7.2f} s after healing, {document}: {differs[:200]}")
            return not differs

        left = began + allowed(HEALED_SECONDS_MAX) - asyncio.get_running_loop().time()
        await until(agree, seconds=max(left, 0.1), what=lambda: f"I2: {document}: {differs}")

    async def _difference(self, document: str, typists: list[Typist]) -> str:
        """Who does not agree with the log, in words; empty where all do."""
        log = await self.read(document)
        for one in typists:
            if not await self._is_saved(one.person):
                said = {key: (await one.person.state())[key] for key in ("connected", "synced", "unsynced", "closes")}
                return f"{one.name} is not told that all is saved: {said}"
            knows = await one.person.do("knows")
            if {int(client): clock for client, clock in knows["clocks"].items()} != log.clocks:
                return f"{one.name} knows {knows['clocks']}, the log {log.clocks}"
            if (knows["text"], knows["properties"]) != (log.text, log.properties):
                return f"{one.name} reads {knows['text']}, {knows['properties']}, the log {log.text}, {log.properties}"
        for node in self.site.nodes:
            async with node.rest() as rest:
                shown = await rest.get("/" + document.replace("note/", "notes/").replace("contact/", "contacts/"))
                assert shown.status_code == 200, shown.text
                if said := _projection_differs(document, shown.json(), log):
                    return f"{node.url}: {said}"
                for word in _last_words(document, log):
                    found = await rest.get("/search", params={"q": word})
                    if document.split("/")[1] not in found.text:
                        return f"{node.url}: {word} is not found"
        return ""

    @staticmethod
    async def _is_saved(person: Person) -> bool:
        """y-websocket says nothing of that: its words are in the log, or its clocks differ."""
        state = await person.state()
        return state["synced"] and (state["unsynced"] in (None, 0))

    async def _is_what_was_typed(self, document: str, typists: list[Typist]) -> None:
        """I1 and I4: each counts in a line of their own; I5: whose each word is."""
        rows = await self.site.logs.rows(document)
        log, owners = await self.read(document, rows), await self.site.logs.owners(document)
        alone = (await self.read(document, [row for row in rows if row.first_seq is None])).written
        for one in typists:
            state, knows = await one.person.state(), await one.person.do("knows")
            assert state["refusals"] == [], f"{one.name} was refused: {state['refusals']}"
            if document.startswith("note/"):
                lines = [line for line in log.text.split("\n") if line.startswith(one.name)]
                assert lines == [counting(one.name, state["typed"])], f"I1, I4: {one.name} typed {state['typed']}"
            else:
                tags = [key for key in log.properties if key.startswith(f"tags:{one.name}-")]
                assert tags == [f"tags:{one.name}-{state['filled']}"], f"I1, I4: {one.name}: {tags}, {state['filled']}"
            author = await self._user_id(one.account)
            assert owners[knows["client"]] == author, f"I5: the client of {one.name} is {owners[knows['client']]}'s"
            assert set(alone.get(knows["client"], [author])) == {author}, f"I5: {one.name}'s words are another's"

    async def _user_id(self, account: str) -> str:
        async with self.site.nodes[0].rest(account) as rest:
            return (await rest.get("/me")).json()["id"]


def _projection_differs(document: str, shown: dict[str, Any], log: Reading) -> str:
    if document.startswith("note/"):
        return "" if shown["text"] == log.text else f"REST shows {len(shown['text'])} characters of {len(log.text)}"
    properties, stored = shown["properties"], log.properties
    tags = sorted(key.removeprefix("tags:") for key in stored if key.startswith("tags:"))
    same = properties["tags"] == tags and properties["jobtitle"] == stored.get("jobtitle")
    return "" if same else f"REST shows {properties['tags']} and {properties['jobtitle']}, the log has {stored}"


def _last_words(document: str, log: Reading) -> list[str]:
    """The last whole word of each line of a note, which only the newest index has."""
    lines = [line.split(" ")[:-1] for line in log.text.split("\n")]
    return [words[-1] for words in lines if words] if document.startswith("note/") else []
