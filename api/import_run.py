"""Running an import: read ahead in workers, look for the same people again, write in transactions of milliseconds.

    file → blocks → prepare (worker) → who is new? → bear, draw (workers) → one small transaction → rest

A transaction holds the one road to the database for about `WRITE_SECONDS`, and afterwards the import rests for as long:
somebody who types meanwhile waits for one of these at most, also where the import runs in another process (the command
line) and the two meet only at SQLite's lock. Who is new is decided inside the transaction, so two imports of one file
at once make nobody twice; and since each transaction is whole, an import that was interrupted is simply run again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api import contact_edits
from api.avatars import picture
from api.births import Birth
from api.carnet import Carnet
from api.drafts import Draft, Refusal
from api.import_files import Source, open_file, prepare
from api.import_matching import find_same, mark_of
from api.import_report import Report
from api.tables import avatars, contact_uids, imports
from api.text_files import Block
from sync.kinds import Rejected
from sync.workers import WorkerFailed

WRITE_SECONDS = 0.02
PEOPLE_A_WRITE_MIN, PEOPLE_A_WRITE_MAX = 10, 50
"""A transaction costs as much for its statements as for some fifteen people in them: fewer only make it last longer."""
BLOCKS_AHEAD = 2
BEAT_SECONDS = 1.0

Whose = str | int | None
"""A contact's id, the place of an earlier draft of the same batch, or nobody yet."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be imported, for whom."""

    id: str
    actor_id: str
    file_name: str


@dataclass(slots=True)
class Progress:
    """How far an import is."""

    bytes_read: int = 0
    created: int = 0
    unchanged: int = 0
    refused: int = 0
    report: Report = field(default_factory=Report)


class Cancelled(Exception):
    """Somebody asked for the end of this import. What is in stays in."""


async def run(server: Carnet, job: Job, file: BinaryIO, progress: Progress) -> None:
    """Import a file. Raises NotContacts and Cancelled; `progress` tells how far it came, whatever happens."""
    source, blocks = await asyncio.to_thread(open_file, file)
    ready: asyncio.Queue[_Ready | None] = asyncio.Queue(BLOCKS_AHEAD)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_read_ahead(server, job, file, source, blocks, ready))
            tasks.create_task(_Writing(server, job, progress).write_all(ready))
    except* Cancelled as group:
        raise Cancelled from group


# --- reading ahead ---


@dataclass(frozen=True, slots=True)
class _Ready:
    """A block as it was read, and how far into the file it reaches."""

    found: Sequence[Draft | Refusal]
    bytes_read: int


async def _read_ahead(
    server: Carnet,
    job: Job,
    file: BinaryIO,
    source: Source,
    blocks: Iterator[Block],
    ready: asyncio.Queue[_Ready | None],
) -> None:
    while block := await asyncio.to_thread(next, blocks, None):
        definitions = server.catalogue.definitions
        found: list[Draft | Refusal]
        try:
            found = await server.workers.run(f"{job.id}/{block.line}", prepare, source, block, definitions)
        except WorkerFailed:
            found = [Refusal(block.line, "unreadable")]
        await ready.put(_Ready(found, file.tell()))
    await ready.put(None)


# --- writing ---


@dataclass(frozen=True, slots=True)
class _Newborn:
    """A person who is new, as `create_many` takes them, and the blob of their photo."""

    draft: Draft
    birth: Birth
    photo: str | None


@dataclass(slots=True)
class _Writing:
    """Makes contacts of drafts, as many at a time as a short transaction can hold."""

    server: Carnet
    job: Job
    progress: Progress
    at_once: int = PEOPLE_A_WRITE_MIN
    lines: dict[str, int] = field(default_factory=dict)  # whom this import made → where they stand in the file
    beat: float = 0.0

    async def write_all(self, ready: asyncio.Queue[_Ready | None]) -> None:
        """Until the file has no more."""
        while (block := await ready.get()) is not None:
            drafts = [one for one in block.found if isinstance(one, Draft)]
            for refusal in block.found:
                if isinstance(refusal, Refusal):
                    self._refuse(refusal)
            while drafts:
                some, drafts = drafts[: self.at_once], drafts[self.at_once :]
                await self._write(some)
                await self._tell()
            self.progress.bytes_read = block.bytes_read
            await self._tell()

    async def _write(self, drafts: Sequence[Draft]) -> None:
        """Make contacts of those who are new, in one short transaction."""
        known: list[Whose] = await self.server.database.read(partial(find_same, drafts=drafts))
        newborn = await self._conceive([n for n, whose in enumerate(known) if whose is None], drafts)
        made: dict[int, str] = {}
        if newborn:
            began = 0.0

            async def write(tx: AsyncConnection) -> tuple[list[Whose], dict[int, str]]:
                nonlocal began
                began = time.perf_counter()
                return await self._insert(tx, drafts, newborn)

            try:
                known, made = await self.server.database.write(write)
            except Rejected as error:
                await self._write_each(drafts, error)
                return
            self.server.feed.wake()
            await self._rest(time.perf_counter() - began)
        self._count(drafts, known, made, newborn)

    async def _write_each(self, drafts: Sequence[Draft], error: Rejected) -> None:
        """One of them has a value that only one contact may have: they go in one by one, and this one does not."""
        if len(drafts) == 1:
            code = error.problems[0].code if error.problems else "unreadable"
            self._refuse(Refusal(drafts[0].line, code, drafts[0].name))
            return
        for draft in drafts:
            await self._write([draft])

    async def _conceive(self, places: Sequence[int], drafts: Sequence[Draft]) -> dict[int, _Newborn]:
        """All that can be made of new people beforehand, by their places: first rows of documents, photos."""
        if not places:
            return {}
        titled = [self._titled(drafts[place]) for place in places]
        try:
            births = await contact_edits.bear(self.server, titled, f"{self.job.id}/{titled[0].line}/born")
        except WorkerFailed:
            if len(places) == 1:
                return {}
            each = [await self._conceive([place], drafts) for place in places]
            return {place: newborn for one in each for place, newborn in one.items()}
        pictures = await asyncio.gather(*(self._picture(drafts[place].photo) for place in places))
        each_part = zip(places, titled, births, pictures, strict=True)
        return {place: _Newborn(draft, birth, photo) for place, draft, birth, photo in each_part}

    def _titled(self, draft: Draft) -> Draft:
        """A note's title says where it comes from; where the file has a date for the person, it is the note's too."""
        now = self.server.clock()
        at = datetime.fromtimestamp(draft.revised_seconds, UTC) if draft.revised_seconds else now
        title = f"{self.job.file_name}, {now:%Y-%m-%d}"
        notes = tuple(replace(note, title=title, occurred_at=min(at, now)) for note in draft.notes)
        return replace(draft, photo=None, notes=notes)

    async def _picture(self, photo: bytes | None) -> str | None:
        return await picture(self.server, photo) if photo else None

    async def _insert(
        self, tx: AsyncConnection, drafts: Sequence[Draft], newborn: dict[int, _Newborn]
    ) -> tuple[list[Whose], dict[int, str]]:
        """Who is new is asked again, now that nobody else can write."""
        known = await find_same(tx, drafts)
        making = [place for place in newborn if known[place] is None]
        born = [(newborn[place].draft, newborn[place].birth) for place in making]
        now = self.server.clock()
        ids = await contact_edits.create_many(tx, self.server, self.job.actor_id, born, now, "import") if born else []
        made = dict(zip(making, ids, strict=True))
        uids = [{"uid": mark_of(drafts[place]), "contact_id": made[place]} for place in making]
        shown = [{"contact_id": made[place], "sha256": photo} for place in making if (photo := newborn[place].photo)]
        if uids:  # by those of a deleted contact the new one is known from here on
            await tx.execute(delete(contact_uids).where(contact_uids.c.uid.in_([row["uid"] for row in uids])))
            await tx.execute(insert(contact_uids), uids)
        if shown:
            await tx.execute(insert(avatars), shown)
        return known, made

    def _count(
        self, drafts: Sequence[Draft], known: Sequence[Whose], made: dict[int, str], newborn: dict[int, _Newborn]
    ) -> None:
        for place, (draft, whose) in enumerate(zip(drafts, known, strict=True)):
            if place in made:
                self.progress.created += 1
                self.lines[made[place]] = draft.line
                lost_photo = draft.photo and not newborn[place].photo
                self.progress.report.take(draft, [("photo_unreadable", "photo")] if lost_photo else ())
            elif whose is None:
                self._refuse(Refusal(draft.line, "unreadable", draft.name))
            else:
                self.progress.unchanged += 1
                line = drafts[whose].line if isinstance(whose, int) else self.lines.get(whose)
                if line is not None:
                    self.progress.report.same(draft, line)

    def _refuse(self, refusal: Refusal) -> None:
        self.progress.refused += 1
        self.progress.report.refuse(refusal)

    async def _rest(self, seconds: float) -> None:
        """Leave the road to others for as long as we held it; take more people next time, or fewer."""
        if seconds > WRITE_SECONDS * 1.5:
            self.at_once = max(PEOPLE_A_WRITE_MIN, self.at_once * 2 // 3)
        elif seconds < WRITE_SECONDS:
            self.at_once = min(PEOPLE_A_WRITE_MAX, self.at_once + 2)
        await asyncio.sleep(min(seconds, 1.0))

    async def _tell(self) -> None:
        """Keep how far we are, now and then; learn whether we are still wanted. Raises Cancelled."""
        if time.monotonic() < self.beat + BEAT_SECONDS:
            return
        self.beat = time.monotonic()
        if await self.server.database.write(partial(keep, job=self.job, progress=self.progress, server=self.server)):
            raise Cancelled


async def keep(tx: AsyncConnection, job: Job, progress: Progress, server: Carnet, state: str | None = None) -> bool:
    """Keep how far an import is, and its state where that changes. True when somebody asked for its end."""
    values = {
        "bytes_read": progress.bytes_read,
        "created": progress.created,
        "unchanged": progress.unchanged,
        "refused": progress.refused,
        "report": progress.report.dump(),
        "beat_at": server.clock(),
    }
    if state:
        values["state"] = state
    await tx.execute(update(imports).where(imports.c.id == job.id).values(**values))
    now = (await tx.execute(select(imports.c.state).where(imports.c.id == job.id))).scalar_one_or_none()
    return now in ("cancelling", None)
