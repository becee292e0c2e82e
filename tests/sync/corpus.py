"""What tests/clients/corpus.mjs wrote: documents, each with the updates a server received, and how it ended."""

import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.note_schema import NOTE_SCHEMA
from sync.limits import Limits
from sync.scanner import Index, scan

SCRIPT = Path(__file__).parent.parent / "clients" / "corpus.mjs"
HEAD = struct.Struct(">BIII")
LIMITS = Limits()


@dataclass(slots=True)
class Story:
    """One document. `updates` in the order of arrival, resends and updates that came too early included."""

    name: str
    updates: list[bytes] = field(default_factory=list)
    vector: bytes = b""
    state: bytes = b""
    text: str = ""


def corpora(seeds: Sequence[int], updates: int, folder: Path) -> Iterator[list[Story]]:
    """Stories with so many updates for each seed, made by two Node processes at a time."""
    node = shutil.which("node")
    assert node, "there is no node on PATH; `make test` puts one there"
    for pair in zip(seeds[::2], seeds[1::2], strict=True):
        files = {seed: folder / f"{seed}.corpus" for seed in pair}
        makers = [subprocess.Popen([node, SCRIPT, str(seed), str(updates), file]) for seed, file in files.items()]
        assert [maker.wait() for maker in makers] == [0, 0], f"a corpus of seeds {pair} failed; its stderr is above"
        for file in files.values():
            yield list(stories(file.read_bytes()))
            file.unlink()


def stories(data: bytes) -> Iterator[Story]:
    """The records of one file, document by document."""
    at, story = 0, Story("")
    while at < len(data):
        kind, number, _, length = HEAD.unpack_from(data, at)
        at += HEAD.size + length
        content = data[at - length : at]
        match kind:
            case 0:
                story = Story(f"document {number}: {content.decode()}")
            case 1:
                story.updates.append(content)
            case 2:
                story.vector = content
            case 3:
                story.state = content
            case 4:
                story.text = content.decode()
                yield story


@dataclass(slots=True)
class Log:
    """A server's side of one document: what is taken, in order, and what is held because it does not close yet."""

    index: Index = field(default_factory=Index)
    taken: list[bytes] = field(default_factory=list)
    held: list[bytes] = field(default_factory=list)

    def receive(self, update: bytes) -> None:
        """Take it and whatever closes then; hold it; or know it. Raises what the scanner raises."""
        waiting = [update]
        while waiting:
            update = waiting.pop(0)
            found = scan(update, self.index, NOTE_SCHEMA, LIMITS)
            if found.gapped:
                self.held.append(update)
            elif found.delta:
                self.index.apply(found.delta)
                self.taken.append(found.update)
                waiting += self.held
                self.held = []
