"""A long note on a server that has just started: how long its first opening takes, and what memory it costs.

    python -m tests.bench.opening [--repeat N]

The note is the recorded paper (CARNET_TRACES), typed through a stock provider. Ours reads it from its log on the disk;
the peer is handed the whole document as one update, which is what its database extension would give it. Each turn is a
fresh process; the medians are told.
"""

import argparse
import asyncio
import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers import Carnet, Hocuspocus, Peer, node
from tests.support.node import People
from tests.support.node import node as client
from tests.support.processes import memory_bytes
from tests.support.recordings import recording

MIB = 1024 * 1024


@dataclass(frozen=True)
class Opening:
    """One, cold and then warm, in milliseconds; `bytes` is what the server grew by."""

    cold_ms: float
    warm_ms: float
    bytes: int
    clocks: int


async def open_once(peer: Peer, document: str, file: Path | None = None) -> tuple[float, int]:
    """(milliseconds, clocks) of opening it with a fresh client."""
    script = Path(__file__).parent / "opening.mjs"
    words = [str(script), peer.urls[0], peer.token, document, *([str(file)] if file else [])]
    client = await asyncio.create_subprocess_exec(node(), *words, stdout=asyncio.subprocess.PIPE)
    told, _ = await client.communicate()
    answer = json.loads(told)
    return answer["ms"], answer["clocks"]


async def measure(peer: Peer, document: str) -> Opening:
    """On a server that has opened nothing yet."""
    before = memory_bytes(peer.pids)
    cold_ms, clocks = await open_once(peer, document)
    grown = memory_bytes(peer.pids) - before
    warm_ms, _ = await open_once(peer, document)
    return Opening(cold_ms, warm_ms, grown, clocks)


async def write_paper(carnet: Carnet) -> str:
    """Type the recording into a fresh note; the document's name."""
    note = await carnet.servers[0].new_note()
    async with client("people.mjs") as process:
        lea = await People(process).open("lea", **note.hocuspocus("lea"))
        await lea.until(saved=True)
        recorded = await process.ask("replay", names=["lea"], **recording("automerge-paper"), together=100)
        await lea.until(saved=True, text=recorded)
    return note.document


async def compare(repeat: int) -> None:
    """Ours and the peer, in turns."""
    carnet = Carnet()
    try:
        document = await write_paper(carnet)
        state = carnet.servers[0].data_dir / "paper.bin"
        await open_once(carnet, document, state)
        openings: dict[str, list[Opening]] = {"carnet": [], "hocuspocus": []}
        for _ in range(repeat):
            carnet.restart()
            openings["carnet"].append(await measure(carnet, document))
            peer = Hocuspocus(state=state)
            openings["hocuspocus"].append(await measure(peer, document))
            peer.stop()
    finally:
        carnet.stop()
    for name, turns in openings.items():
        cold, warm = statistics.median(one.cold_ms for one in turns), statistics.median(one.warm_ms for one in turns)
        grown = statistics.median(one.bytes for one in turns)
        print(f"{name:12} {turns[0].clocks} clocks: cold {cold:.0f} ms, warm {warm:.0f} ms, +{grown / MIB:.1f} MiB")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repeat", type=int, default=5)
    asyncio.run(compare(arguments.parse_args().repeat))
