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


def check(story: Story) -> int:
    """Play one document through the scanner; how many updates it had."""
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
    assert "".join(letters(documents.tree(folded.state, [], NOTE_ROOT))) == story.text, story.name
    replayed = documents.read(None, log.taken, NOTE_SCHEMA)
    assert documents.read(folded.state, (), NOTE_SCHEMA) == replayed, story.name
    return len(story.updates)


def play(seeds: list[int], updates: int, folder: Path) -> int:
    print(f"CARNET_SEED={SEED}")
    return sum(check(story) for stories in corpora(seeds, updates, folder) for story in stories)


@pytest.mark.timeout(600)
def test_ten_thousand_honest_updates_are_taken(node_modules: Path, tmp_path: Path) -> None:
    assert play([SEED, SEED + 1], 5_000, tmp_path) >= 10_000


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
def test_a_million_honest_updates_are_taken(node_modules: Path, tmp_path: Path) -> None:
    taken, seed = 0, SEED
    while taken < 1_000_000:
        taken += play([seed, seed + 1], 10_000, tmp_path)
        seed += 2
