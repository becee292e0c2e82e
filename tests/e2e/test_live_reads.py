"""What a page reads at the very moment when it changes: the page shows it as it is, not as it was."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.support.pages import sign_in
from tests.support.server import Note, Server
from tests.support.waiting import until

# What the stream of changes has told this page.
HEAR = """
    window.heard = [];
    new BroadcastChannel("carnet.changes").addEventListener("message", ({ data }) => heard.push(data.kind));
"""


async def patch(server: Server, path: str, change: dict[str, object]) -> None:
    async with server.rest("tom") as rest:
        assert (await rest.patch(path, json=change)).status_code == 200


async def add_call(note: Note) -> str:
    async with note.server.rest() as rest:
        made = await rest.post(f"/contacts/{note.contact_id}/notes", json={"title": "Appel", "body": "x"})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def hold_first(page: Page, url: str, until_then: Callable[[], Awaitable[None]]) -> None:
    """The first answer from there was given before `until_then`, and arrives after it."""
    first = True

    async def hold(route: Route) -> None:
        nonlocal first
        if not first:
            await route.fallback()
            return
        first = False
        answer = await route.fetch()
        await until_then()
        await route.fulfill(response=answer)

    await page.route(url, hold)


@pytest.mark.parametrize("stream", ["open", "not yet open"])
@pytest.mark.parametrize("what", ["contact", "notes", "contacts"])
async def test_what_changes_while_it_is_read_is_shown_as_it_is(
    browser: Browser, carnet_server: Server, what: str, stream: str
) -> None:
    note = await carnet_server.new_note("Camille", "Aalto")
    call = await add_call(note)
    contact = f"/contacts/{note.contact_id}"
    read, place, changed, change = {
        "contact": (contact, note.page, contact, {"properties": {"lastname": "Aamartin"}}),
        "notes": (f"{contact}/notes?*", note.page, f"/notes/{call}", {"title": "Aamartin"}),
        "contacts": ("/contacts?*", f"{carnet_server.url}/contacts", contact, {"properties": {"lastname": "Aamartin"}}),
    }[what]
    page = await (await sign_in(browser, carnet_server, "lea")).new_page()
    await page.add_init_script(HEAR)
    is_changed = asyncio.Event()

    async def hears(kind: str) -> None:
        await until(lambda: page.evaluate("(kind) => heard.includes(kind)", kind))

    async def change_meanwhile() -> None:
        if stream == "open":
            await hears("reset")
        await patch(carnet_server, changed, change)
        is_changed.set()
        await hears("change" if stream == "open" else "reset")

    async def open_when_changed(route: Route) -> None:
        await is_changed.wait()
        await route.fallback()

    await hold_first(page, f"**/api/v1{read}", change_meanwhile)
    if stream == "not yet open":
        await page.route("**/api/v1/changes", open_when_changed)
    await page.goto(place)

    await expect(page.get_by_role("main")).to_contain_text("Aamartin")
