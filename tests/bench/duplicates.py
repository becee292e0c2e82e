"""How long it takes to compare everybody, and then one: python -m tests.bench.duplicates [--contacts N]

The contacts are written straight into the tables of a new SQLite file; three in a hundred are there twice, the second
time with an initial. Meanwhile the loop is watched: people type in the same process.
"""

import argparse
import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from api.contact_documents import columns
from api.suggestions import like
from api.tables import contacts, property_values
from tests.support.in_process import InProcess, in_process

SYLLABLES = [a + b for a in "bcdfgjlmnprstv" for b in "aeio"]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROWS_A_STATEMENT = 5_000


def word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables)).title()


def people(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Values as a contact's row and its document have them; every 33rd is somebody again."""
    firsts, lasts = [word(chance, 2) for _ in range(300)], [word(chance, 3) for _ in range(20_000)]
    made: list[dict[str, Any]] = []
    for n in range(count):
        if n % 33 == 32:
            known = made[chance.randrange(len(made))]
            made.append({**known, "firstname": known["firstname"][0] + "."})
            continue
        of = {"firstname": chance.choice(firsts), "lastname": chance.choice(lasts), "company": chance.choice(lasts)}
        made.append({**of, "emails": f"{n}@example.com", "phones": f"+336{n:08}"})
    return made


async def fill(server: InProcess, count: int) -> None:
    made = [(f"con_{n:032x}", values) for n, values in enumerate(people(count, random.Random(1)))]
    moments = {"created_at": NOW, "updated_at": NOW, "version": 1}
    rows = [
        {"id": of, **columns({"firstname": it["firstname"], "lastname": it["lastname"]}), **moments} for of, it in made
    ]
    values = [
        {"contact_id": of, "name": name, "element": it[name] if name != "company" else "", "value": it[name]}
        for of, it in made
        for name in ("company", "emails", "phones")
    ]
    for table, all_rows in ((contacts, rows), (property_values, values)):
        for start in range(0, len(all_rows), ROWS_A_STATEMENT):
            some = all_rows[start : start + ROWS_A_STATEMENT]
            await server.carnet.database.write(lambda tx, table=table, some=some: tx.execute(insert(table), some))


async def watched(stalls: list[float]) -> None:
    """How long the loop answers nobody."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        stalls.append(time.perf_counter() - began - 0.005)


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with in_process(Path(folder)) as server:
            await fill(server, count)
            stalls: list[float] = []
            watch = asyncio.create_task(watched(stalls))
            began, burnt = time.perf_counter(), time.process_time()
            pairs = await server.carnet.suggestions.refresh()
            whole, burnt = time.perf_counter() - began, time.process_time() - burnt
            await server.new_contact("Nouvelle", "Venue")
            began = time.perf_counter()
            await server.carnet.suggestions.refresh()
            again = time.perf_counter() - began
            began = time.perf_counter()
            await server.carnet.database.read(lambda tx: like(tx, f"con_{count // 2:032x}"))
            one = time.perf_counter() - began
            watch.cancel()
    print(f"{count} contacts, {len(pairs)} pairs: all compared in {whole:.1f} s, {burnt:.1f} s of CPU here")
    print(f"after a change {again * 1000:.1f} ms, one contact's {one * 1000:.1f} ms")
    print(f"the longest stall {max(stalls) * 1000:.0f} ms")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--contacts", type=int, default=100_000)
    asyncio.run(main(arguments.parse_args().contacts))
