"""Real writing, recorded key by key, through unmodified clients: everybody ends with the recorded text."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.support.node import People
from tests.support.pages import note_text, shown_after_ms, sign_in
from tests.support.server import Server

OPENINGS_MAX = 5  # a busy neighbour may spoil one
SHOWN_MS_MAX = 1000


def recording(name: str) -> dict[str, Any]:
    """A recorded session where CARNET_TRACES says they are, else one made from a seed."""
    file = Path(os.environ.get("CARNET_TRACES", "")) / f"{name}.json.gz"
    return {"file": str(file)} if file.is_file() else {"seed": 20}


@pytest.mark.timeout(400)
async def test_two_recorded_writers_and_all_who_read_them_end_with_the_recorded_text(
    people: People, carnet_server: Server, browser: Browser
) -> None:
    note = await carnet_server.new_note()
    writers = [await people.open(name, **note.hocuspocus(name)) for name in ("lea", "tom")]
    follower = await people.open("mia", **await note.y_websocket("mia"))
    for person in (*writers, follower):
        await person.until(synced=True)

    recorded = await people.node.ask("replay", names=["lea", "tom"], **recording("friendsforever"))

    for writer in writers:
        assert (await writer.until(saved=True, text=recorded, seconds=300))["refusals"] == []
    await follower.until(text=recorded)
    assert await note.text() == recorded
    page = await (await sign_in(browser, carnet_server, "mia")).new_page()
    await page.goto(note.page)
    await shown_after_ms(page, recorded[-20:])
    assert await note_text(page) == recorded


async def show_paper(people: People, own_server: Callable[[], Server], browser: Browser) -> list[float]:
    """Write the paper, restart the server, open the page some times: milliseconds until the words were there."""
    server = own_server()
    note = await server.new_note()
    writers = ["lea", "tom"] if "seed" in recording("automerge-paper") else ["lea"]
    for name in writers:
        await (await people.open(name, **note.hocuspocus(name))).until(saved=True)

    recorded = await people.node.ask("replay", names=writers, **recording("automerge-paper"), together=100)

    follower = await people.open("mia", **await note.y_websocket("mia"))
    await follower.until(text=recorded, seconds=120)
    assert await note.text() == recorded
    server.stop()
    server.start()
    shown_ms: list[float] = []
    while len(shown_ms) < OPENINGS_MAX and min(shown_ms, default=SHOWN_MS_MAX) >= SHOWN_MS_MAX:
        page = await (await sign_in(browser, server, "lea")).new_page()
        await page.goto(f"{server.url}/contacts")  # the way one comes
        await page.goto(note.page, wait_until="commit")
        shown_ms.append(await shown_after_ms(page, recorded[-20:]))
    print(f"a note of {len(recorded)} characters on a fresh server: shown after {shown_ms} ms")
    assert await note_text(page) == recorded
    return shown_ms


@pytest.mark.timeout(400)
async def test_a_recorded_paper_ends_as_recorded_and_a_fresh_server_shows_it(
    people: People, own_server: Callable[[], Server], browser: Browser
) -> None:
    assert await show_paper(people, own_server, browser)


@pytest.mark.soak
@pytest.mark.timeout(400)
async def test_a_fresh_server_shows_a_recorded_paper_within_a_second(
    people: People, own_server: Callable[[], Server], browser: Browser
) -> None:
    assert min(await show_paper(people, own_server, browser)) < SHOWN_MS_MAX
