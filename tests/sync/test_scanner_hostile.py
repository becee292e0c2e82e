"""Broken and forged updates: each is scanned, refused or held in bounded time; what is taken harms no library.

Chains of them are played against an honest document. What the scanner took is then given to the CRDT library and to
Yjs, each in a process of its own: both must live, have nothing pending, know what the index knows, and read the same.

One thing only a whole document could tell: a forged item whose right neighbour stands left of its left one. Yjs has no
defined place for it, so a document loaded anew may order its words differently; whoever may edit a note can do that.
"""

import json
import shutil
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.note_schema import NOTE_SCHEMA
from sync.errors import Malformed, SchemaBroken
from sync.lib0 import Writer, read_vector
from sync.scanner import Index, scan
from sync.structs import Struct, read_update
from tests.support.hostile import CRAFTED, mutations
from tests.sync.corpus import LIMITS, SCRIPT, Log, Story, stories
from tests.sync.forgeries import Forger

ROOT = Path(__file__).parent.parent.parent
SCAN_SECONDS_MAX = 2.0
REORDERED_PER_CHAIN_MAX = 0.02


@pytest.fixture(scope="module")
def honest(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What a server received for one note."""
    node = shutil.which("node")
    assert node, "there is no node on PATH; `make test` puts one there"
    file = tmp_path_factory.mktemp("honest") / "corpus"
    subprocess.run([node, SCRIPT, "7", "300", file], check=True)
    story: Story = next(stories(file.read_bytes()))
    return [update for update in story.updates if len(update) < 3_000]


def judged(log: Log, update: bytes) -> str:
    """Scan it, and take it if it may be taken."""
    start = time.process_time()
    try:
        found = scan(update, log.index, NOTE_SCHEMA, LIMITS)
    except (Malformed, SchemaBroken) as error:
        return error.reason
    finally:
        assert time.process_time() - start < SCAN_SECONDS_MAX, update.hex()
    if found.delta:
        log.index.apply(found.delta)
        log.taken.append(found.update)
    return "known" if found.known else "gapped" if found.gapped else "taken"


def chain(chance: Random, honest: Sequence[bytes], steps: int) -> tuple[Log, Counter[str]]:
    """An honest beginning, then forged, broken and honest updates as they come."""
    log, outcomes = Log(), Counter[str]()
    begun = chance.randrange(5, len(honest))
    for update in honest[:begun]:
        log.receive(update)
    later, broken = iter(honest[begun:]), mutations(honest[:begun], chance)
    seen = [s for update in honest[:begun][-60:] for own in read_update(update, LIMITS).structs.values() for s in own]
    forger = Forger(chance, log.index, seen or [Struct(0, 1, 0)])
    for _ in range(steps):
        dice = chance.random()
        if dice < 0.1:
            update = next(later, honest[0])
        else:
            update = next(broken) if dice < 0.3 else forger.forge(chance.choice(honest[:begun]))
        outcomes[judged(log, update)] += 1
    return log, outcomes


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(chance=st.randoms(use_true_random=False))
def test_every_update_ends_in_a_scan_or_a_refusal(honest: list[bytes], chance: Random) -> None:
    chain(chance, honest, steps=20)


@given(data=st.binary(max_size=80))
def test_bytes_of_any_kind_end_in_a_scan_or_a_refusal(data: bytes) -> None:
    for update in (data, b"\x01\x01" + data, data + b"\x00"):
        judged(Log(), update)


@pytest.mark.parametrize("update", CRAFTED.values(), ids=CRAFTED)
def test_known_killers_are_refused_or_held(update: bytes) -> None:
    assert judged(Log(), update) in {"malformed", "schema", "gapped"}


def test_an_update_that_came_out_of_order_is_held_until_its_turn() -> None:
    first, gap, last = (
        bytes.fromhex(update)
        for update in (
            "01016503c46501650202616200",
            "010165052801016d026b31017d940100",
            "01016500040101740361626300",
        )
    )
    for update in (first, gap):
        found = scan(update, Index(), NOTE_SCHEMA, LIMITS)
        assert found.gapped
        assert found.delta is None
    with pytest.raises(SchemaBroken):
        scan(last, Index(), NOTE_SCHEMA, LIMITS)


def answers(command: Sequence[str], chains: Sequence[Log]) -> list[dict[str, object]]:
    """What another process says of each chain; it must live to the last one."""
    asked = [json.dumps({"updates": [b64encode(update).decode() for update in log.taken]}) for log in chains]
    ended = subprocess.run(
        command, input="\n".join(asked) + "\n", capture_output=True, text=True, cwd=ROOT, timeout=600
    )
    answered = [json.loads(line) for line in ended.stdout.splitlines()]
    if len(answered) < len(chains):
        killer = [update.hex() for update in chains[len(answered)].taken[-8:]]
        pytest.fail(f"{command} died of a chain that ends with {killer}: {ended.stderr[-1000:]}")
    return answered


def compare(chance: Random, honest: Sequence[bytes], number: int, steps: int = 40) -> None:
    """The scanner's index, the CRDT library and Yjs must agree on every chain."""
    node = shutil.which("node")
    assert node
    chains, outcomes = [], Counter[str]()
    for _ in range(number):
        log, came = chain(chance, honest, steps)
        chains.append(log)
        outcomes += came
    print(outcomes)
    assert outcomes["taken"] >= number, "forgeries that are never taken prove little"
    libraries = answers([sys.executable, "-m", "tests.sync.integrate"], chains)
    browsers = answers([node, str(ROOT / "tests" / "clients" / "integrate.mjs")], chains)
    reordered = 0
    for log, library, browser in zip(chains, libraries, browsers, strict=True):
        told = f"{library}\n{browser}\n{[update.hex() for update in log.taken[-8:]]}"
        assert "error" not in browser, told
        assert not browser["pending"], told
        for answer in (library, browser):
            assert read_vector(b64decode(str(answer["vector"]))) == log.index.clocks, told
        if library["reloaded"] and browser["reloaded"]:
            assert library["text"] == browser["text"], told
        else:
            reordered += 1
    assert reordered <= number * REORDERED_PER_CHAIN_MAX, f"{reordered} of {number} read differently when loaded anew"


@pytest.mark.timeout(300)
def test_what_is_taken_harms_neither_the_library_nor_yjs(honest: list[bytes], chance: Random) -> None:
    compare(chance, honest, number=50)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_what_is_taken_of_very_many_harms_neither_the_library_nor_yjs(honest: list[bytes], chance: Random) -> None:
    for _ in range(10):
        compare(chance, honest, number=200)


def test_a_hundred_thousand_deletions_are_scanned_in_bounded_time(honest: list[bytes]) -> None:
    log = Log()
    for update in honest[:50]:
        log.receive(update)
    client = next(iter(log.index.clocks))
    flood = Writer().var_uint(0).var_uint(1).var_uint(client).var_uint(100_000).raw(b"\x00\x01" * 100_000).finish()
    assert judged(log, flood) in {"taken", "known"}
