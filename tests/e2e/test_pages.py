"""Every page in both languages, both widths, light and dark: axe finds nothing, nothing sticks out; and pictures."""

import tempfile
from collections.abc import Awaitable, Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.pages import DESK, PHONE, axe, open_editor, shoot, sign_in, until_save_state
from tests.support.server import DEMO_PASSWORD, Note, Server

PICTURES = Path(tempfile.gettempdir()) / "carnet-pages"
WIDTHS = {"desk": DESK, "phone": PHONE}


async def show_sign_in(page: Page, note: Note) -> None:
    await page.context.clear_cookies()
    await page.goto(f"{note.server.url}/sign-in")
    await expect(page.locator("input[name=password]")).to_be_visible()


async def show_contacts(page: Page, note: Note) -> None:
    await page.goto(f"{note.server.url}/contacts")
    await expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()


async def show_contact(page: Page, note: Note) -> None:
    editor = await open_editor(page, note.page)
    await editor.fill("Préfère le matin.")
    await until_save_state(page, "saved")


async def show_dated_note(page: Page, note: Note) -> None:
    async with note.server.rest() as rest:
        wanted = {"title": "Appel", "body": "Budget confirmé."}
        made = await rest.post(f"/contacts/{note.contact_id}/notes", json=wanted)
    await page.goto(f"{note.page}#note-{made.json()['id']}")
    await page.get_by_text("Budget confirmé.").click()
    await expect(page.locator("article [data-save-state=saved]")).to_be_visible()


async def show_history(page: Page, note: Note) -> None:
    for name, body in (("lea", "Préfère le matin."), ("tom", "Préfère le soir.\n\n- Rappeler **lundi**")):
        async with note.server.rest(name) as rest:
            assert (await rest.patch(f"/notes/{note.id}", json={"body": body})).status_code == 200
    await page.goto(f"{note.page}/notes/{note.id}/history?version=2")
    await expect(page.locator(".history-sheet ins").first).to_be_visible()


async def show_authors(page: Page, note: Note) -> None:
    await show_history(page, note)
    await page.get_by_role("group").get_by_role("button").last.click()
    await expect(page.locator(".written[data-author]").first).to_be_visible()


async def show_import(page: Page, note: Note) -> None:
    await page.goto(f"{note.server.url}/import")
    cards = b"BEGIN:VCARD\nFN:Ada\nEMAIL:x\nEND:VCARD"
    await page.locator("input[type=file]").set_input_files(
        {"name": "amis.vcf", "mimeType": "text/vcard", "buffer": cards}
    )
    await expect(page.locator("[data-import-state=done]").first).to_be_visible()


async def two_to_merge(page: Page, note: Note) -> Note:
    """Another contact of the same name, different in all that is asked; the first one's page is open."""
    other = await note.server.new_note()
    async with note.server.rest("tom") as rest:
        for each, city in ((note, "Lyon"), (other, "Paris")):
            properties = {"city": city, "tags": [city], "emails": [f"{each.contact_id}@roy.fr"]}
            changed = await rest.patch(f"/contacts/{each.contact_id}", json={"properties": properties})
            assert changed.status_code == 200, changed.text
        assert (await rest.patch(f"/notes/{other.id}", json={"body": "Rencontrée au salon."})).status_code == 200
    await page.goto(note.page)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    return other


async def show_merge(page: Page, note: Note) -> None:
    other = await two_to_merge(page, note)
    await page.locator("main button:has(.lucide-ellipsis):visible").first.click()
    await page.get_by_role("menuitem").first.click()
    await page.get_by_role("combobox").fill(f"{other.contact_id}@roy.fr")
    await page.get_by_role("option").filter(has_text="Paris").first.click()
    await expect(page.locator("[data-choice=city]")).to_be_visible()


async def show_merged(page: Page, note: Note) -> None:
    other = await two_to_merge(page, note)
    async with note.server.rest() as rest:
        asked = {"primary_id": note.contact_id, "secondary_id": other.contact_id}
        made = await rest.post("/contacts/merge", json=asked)
        assert made.status_code == 201
    await expect(page.locator(f"[data-merge={made.json()['id']}]")).to_be_attached()
    await expect(page.get_by_text("Rencontrée au salon.").first).to_be_attached()


async def show_undo(page: Page, note: Note) -> None:
    await show_merged(page, note)
    if await page.get_by_role("tab").count():
        await page.get_by_role("tab").nth(1).click()
    await page.locator("[data-merge] button").first.click()
    await expect(page.locator("[data-restored=emails]")).to_be_visible()


async def show_nothing(page: Page, note: Note) -> None:
    await page.goto(f"{note.server.url}/contacts/con_absent")
    await expect(page.get_by_role("heading").first).to_be_visible()


SIDEWAYS = """[...document.querySelectorAll("[role=dialog] *")]
    .filter(one => getComputedStyle(one).overflowX === "auto" && one.scrollWidth > one.clientWidth)
    .map(one => one.className)"""
"""What of a dialog is wider than its place."""


PAGES: dict[str, Callable[[Page, Note], Awaitable[None]]] = {
    "sign-in": show_sign_in,
    "contacts": show_contacts,
    "contact": show_contact,
    "dated-note": show_dated_note,
    "history": show_history,
    "authors": show_authors,
    "merge": show_merge,
    "merged": show_merged,
    "undo": show_undo,
    "import": show_import,
    "not-found": show_nothing,
}


def looks() -> Iterator[Any]:
    """Each language, width and theme once, the longer words where there is least room; in the soak all of them."""
    for look in product(("fr-FR", "en-GB"), WIDTHS, ("light", "dark")):
        short = look in {("fr-FR", "phone", "dark"), ("en-GB", "desk", "light")}
        yield pytest.param(*look, marks=() if short else (pytest.mark.soak,))


@pytest.mark.parametrize(("locale", "width", "scheme"), list(looks()))
async def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, carnet_server: Server, locale: str, width: str, scheme: str
) -> None:
    note = await carnet_server.new_note()
    context = await sign_in(
        browser,
        carnet_server,
        "lea",
        locale=locale,
        viewport=WIDTHS[width],
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    found = {}
    for name, show in reversed(PAGES.items()):  # signing out comes last
        await show(page, note)
        await shoot(page, PICTURES / f"{name}-{width}-{scheme}-{locale[:2]}.png")
        found[name] = await axe(page)
        assert await page.evaluate("document.documentElement.lang") == locale[:2]
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
        assert await page.evaluate(SIDEWAYS) == [], f"{name} has to be scrolled sideways"
    print(f"pictures: {PICTURES}")
    assert not any(found.values()), found


async def test_a_person_signs_in_and_finds_a_contact_by_keyboard_alone(browser: Browser, carnet_server: Server) -> None:
    context = await browser.new_context(locale="fr-FR", viewport=DESK)
    page = await context.new_page()
    await page.goto(carnet_server.url)
    await expect(page.locator("input[name=email]")).to_be_focused()

    await page.keyboard.type("lea@carnet.test")
    await page.keyboard.press("Tab")
    await page.keyboard.type(DEMO_PASSWORD)
    await page.keyboard.press("Enter")

    await page.wait_for_url("**/contacts")
    link = page.get_by_role("main").get_by_role("link").first
    await link.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/contacts/con_*")


async def test_a_new_contact_appears_in_an_open_list_without_a_reload(browser: Browser, carnet_server: Server) -> None:
    page = await (await sign_in(browser, carnet_server, "tom")).new_page()
    await page.goto(f"{carnet_server.url}/contacts")
    await expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()

    await carnet_server.new_note("Aaliyah", "Aaltonen")

    await expect(page.get_by_role("link", name="Aaliyah Aaltonen")).to_be_visible()
