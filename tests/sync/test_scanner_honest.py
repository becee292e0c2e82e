"""Nothing that Yjs and Tiptap make is refused, all of it closes in the end, and we read what Yjs reads."""

import os
from pathlib import Path

import pytest

from api.note_schema import NOTE_ROOT, NOTE_SCHEMA
from sync import documents
from sync.errors import SyncError
from sync.lib0 import read_vector
from sync.scanner import Index, scan, scan_any, scan_keystroke
from tests.sync.corpus import LIMITS, Log, Story, corpora
from tests.sync.integrate import letters

OTHERWISE_MAX = 5
"""Of some 2,000 documents: one was met, by an edit of Yjs' that names one letter as its neighbour on both sides."""
SEED = int(os.environ.get("CARNET_SEED") or 20261122)


def take_all(story: Story) -> Log:
    """Scan every update; those for the short way go the long way too."""
    log = Log()
    for number, update in enumerate(story.updates):
        try:
            if short := scan_keystroke(update, log.index, LIMITS):
                assert scan_any(update, log.index, NOTE_SCHEMA, LIMITS) == short
            log.receive(update)
        except SyncError as error:
            pytest.fail(f"{story.name}, update {number} refused: {error!r}, {update[:200].hex()}")
    return log


def check(story: Story) -> bool:
    """Play one document through the scanner; whether it reads as Yjs read it in the end.

    It has the same letters in any case: one whose neighbours on both sides are the same has no place of its own.
    """
    log = take_all(story)
    assert log.held == [], f"{story.name}: {len(log.held)} updates never closed"
    assert log.index.vector() == story.vector, story.name
    end = scan(story.state, log.index, NOTE_SCHEMA, LIMITS)
    assert end.known or (end.delta and not end.new_clients), f"{story.name}: Yjs ended with structs we have not"

    fresh = Index()
    whole = scan(story.state, fresh, NOTE_SCHEMA, LIMITS)
    assert whole.delta, f"{story.name}: its whole state does not scan"
    fresh.apply(whole.delta)
    assert fresh.clocks == log.index.clocks
    assert Index.load(log.index.dump()).dump() == log.index.dump()

    folded = documents.fold(None, log.taken)
    assert read_vector(folded.state_vector) == log.index.clocks, story.name
    ours = "".join(letters(documents.tree(folded.state, [], NOTE_ROOT)))
    assert sorted(ours) == sorted(story.text), story.name
    if ours != story.text:
        return False
    replayed = documents.read(None, log.taken, NOTE_SCHEMA)
    assert documents.read(folded.state, (), NOTE_SCHEMA) == replayed, story.name
    return True


def play(seeds: list[int], updates: int, folder: Path) -> tuple[int, int]:
    """How many updates were played, and how many documents read otherwise than Yjs read them."""
    print(f"CARNET_SEED={seeds[0]}")
    played = [story for stories in corpora(seeds, updates, folder) for story in stories]
    return sum(len(story.updates) for story in played), sum(not check(story) for story in played)


@pytest.mark.timeout(600)
def test_ten_thousand_honest_updates_are_taken(node_modules: Path, tmp_path: Path) -> None:
    taken, otherwise = play([SEED, SEED + 1], 5_000, tmp_path)
    assert taken >= 10_000
    assert otherwise == 0


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
def test_a_million_honest_updates_are_taken(node_modules: Path, tmp_path: Path) -> None:
    taken, otherwise, seed = 0, 0, SEED
    while taken < 1_000_000:
        more, of_them = play([seed, seed + 1], 10_000, tmp_path)
        taken, otherwise, seed = taken + more, otherwise + of_them, seed + 2
    print(f"{taken} updates, {otherwise} documents that read otherwise than Yjs read them")
    assert otherwise <= OTHERWISE_MAX
