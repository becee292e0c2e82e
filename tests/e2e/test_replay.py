"""Real writing, recorded key by key, through unmodified clients: everybody ends with the recorded text."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser
from tests.support.pages import note_text, sign_in

from tests.support.node import People
from tests.support.server import Server

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
    assert await note_text(page, containing=recorded[-20:]) == recorded


@pytest.mark.timeout(400)
async def test_a_recorded_paper_ends_as_recorded_and_a_fresh_server_shows_it_within_a_second(
    people: People, own_server: Callable[[], Server], browser: Browser
) -> None:
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
    page = await (await sign_in(browser, server, "lea")).new_page()
    await page.goto(f"{server.url}/contacts")
    await page.goto(note.page, wait_until="commit")
    assert await note_text(page, containing=recorded[:20]) == recorded
    shown_ms = await page.evaluate("performance.now()")
    print(f"a note of {len(recorded)} characters on a fresh server: shown after {shown_ms:.0f} ms")
    assert shown_ms < SHOWN_MS_MAX
