"""The browser client as a person meets it: signed in, a note open, what is on the screen."""

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.server import DEMO_PASSWORD, ROOT, Server

NOTE = "section[aria-labelledby=notes-title] .prose"
EDITOR = f"{NOTE}[role=textbox]"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

ON_SCREEN = """([selector, words]) =>
    [...document.querySelectorAll(selector)].some((note) => note.textContent.includes(words)) && performance.now()"""

LINES = """(note) => [...note.children].map((block) => {
    const bare = block.cloneNode(true);
    bare.querySelectorAll(".caret").forEach((caret) => caret.remove());
    return bare.textContent;
}).join("\\n")"""


async def sign_in(browser: Browser, server: Server, name: str, **options: Any) -> BrowserContext:
    """A browser of one's own, signed in as a demo account."""
    context = await browser.new_context(**{"locale": "fr-FR", "viewport": DESK, **options})
    credentials = {"email": f"{name}@carnet.test", "password": DEMO_PASSWORD}
    answer = await context.request.post(f"{server.url}/api/v1/session", data=credentials)
    assert answer.status == 200, await answer.text()
    return context


async def shown_after_ms(page: Page, words: str) -> float:
    """Wait until these words of a note are on the page; milliseconds since it was asked for."""
    seen = await page.wait_for_function(ON_SCREEN, arg=[NOTE, words], polling="raf")
    return float(await seen.json_value())


async def note_text(page: Page) -> str:
    """The text of the note on a page: a line for each block, as REST has it, without the names at others' carets."""
    return str(await page.locator(NOTE).evaluate(LINES))


async def open_editor(page: Page, address: str) -> Locator:
    """Open a contact's page and wait for its editor."""
    await page.goto(address)
    editor = page.locator(EDITOR).first
    await expect(editor).to_be_editable()
    return editor


async def until_save_state(page: Page, state: str) -> None:
    """Wait for what the page says of its main note: opening, saved, saving, late, offline, readonly, refused."""
    said = page.locator("section[aria-labelledby=notes-title] [data-save-state]")
    await expect(said).to_have_attribute("data-save-state", state, timeout=20_000)


async def crash(page: Page) -> None:
    """Kill the tab's process: no goodbye, no pagehide."""
    devtools = await page.context.new_cdp_session(page)
    async with page.expect_event("crash"):
        unanswered = asyncio.create_task(devtools.send("Page.crash"))
    unanswered.cancel()
    await asyncio.wait([unanswered])


async def axe(page: Page) -> list[str]:
    """What axe-core finds wrong on the page as it is, one line for each element."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run()")
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


async def shoot(page: Page, file: Path) -> None:
    """A picture of the page, to be looked at."""
    file.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=str(file))
