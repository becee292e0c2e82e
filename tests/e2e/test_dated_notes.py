"""Dated notes in browsers: written in together, found by a link, deleted and had back, begun without a network."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.pages import DESK, PHONE, axe, sign_in
from tests.support.server import Note, Server
from tests.support.waiting import allowed, until

CARD = "article.dated-note"
MS_TO_THE_CARET = 200

# However short the moment in which it is not there.
LEFT = """(id) => new Promise((left) => {
    new MutationObserver(() => document.getElementById(id) || left()).observe(document.body, {
        subtree: true, childList: true,
    });
})"""


async def add(note: Note, title: str | None, body: str, at: str) -> str:
    """A dated note beside this main note, by REST; its id."""
    async with note.server.rest() as rest:
        wanted = {"title": title, "body": body, "occurred_at": at}
        made = await rest.post(f"/contacts/{note.contact_id}/notes", json=wanted)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])


async def read(note: Note, note_id: str) -> dict[str, Any]:
    """A dated note as REST gives it now."""
    return await Note(note.server, note.contact_id, note_id).read()


async def open_page(browser: Browser, note: Note, name: str, fragment: str = "", **options: Any) -> Page:
    """The contact's page as somebody sees it, its dated notes read."""
    page = await (await sign_in(browser, note.server, name, **options)).new_page()
    await page.goto(note.page + fragment)
    await expect(page.get_by_role("heading", name="Activité", exact=True)).to_be_attached()
    return page


def card(page: Page, note_id: str) -> Locator:
    return page.locator(f"#note-{note_id}")


async def write(page: Page, note_id: str) -> Locator:
    """Press the words of a card; its editor."""
    await card(page, note_id).locator(".prose").click()
    editor = card(page, note_id).get_by_role("textbox")
    await expect(editor).to_be_focused()
    return editor


async def choose(page: Page, note_id: str, action: str) -> None:
    """Something of the menu of a card."""
    await card(page, note_id).get_by_role("button", name="Actions sur").click()
    await page.get_by_role("menuitem", name=action).click()


async def height(place: Locator) -> float:
    return float(await place.evaluate("(element) => element.getBoundingClientRect().height"))


async def titles(page: Page) -> list[str]:
    return [title.strip() for title in await page.locator(f"{CARD} h4").all_inner_texts()]


async def test_two_write_in_one_dated_note_and_see_each_other(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    visit = await add(note, "Visite", "Au salon.", "2026-11-12T09:00:00Z")
    lea, tom = [await open_page(browser, note, name) for name in ("lea", "tom")]

    editor = await write(lea, visit)
    await lea.keyboard.press("Control+End")
    await lea.keyboard.type(" Stand B12.")
    await expect(card(tom, visit)).to_contain_text("Au salon. Stand B12.")  # though he has not opened it
    await write(tom, visit)
    await expect(card(lea, visit).locator("[data-person='Tom Petit']")).to_be_visible()
    await tom.keyboard.press("Control+End")
    await tom.keyboard.type(" Noté.")

    await expect(editor).to_contain_text("Au salon. Stand B12. Noté.")
    await lea.keyboard.press("Escape")
    await expect(card(lea, visit).get_by_role("textbox")).to_have_count(0)
    await expect(card(lea, visit)).to_contain_text("Au salon. Stand B12. Noté.")
    assert (await read(note, visit))["text"] == "Au salon. Stand B12. Noté."


@pytest.mark.timed
async def test_a_new_note_has_its_caret_at_once_and_is_on_the_other_screen(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note()
    await add(note, "Ancienne", "x", "2026-01-12T09:00:00Z")
    lea, tom = [await open_page(browser, note, name) for name in ("lea", "tom")]
    await expect(lea.locator(CARD)).to_have_count(1)
    await lea.locator("[data-save-state=saved]").wait_for()
    await lea.get_by_role("heading", name="Activité").click()

    took = await lea.evaluate(
        """(card) => new Promise((done) => {
            const start = performance.now();
            const look = () => document.activeElement.matches(`${card} [role=textbox]`)
                ? done(performance.now() - start) : requestAnimationFrame(look);
            dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
            look();
        })""",
        CARD,
    )
    await lea.keyboard.type("Elle rappelle lundi.")

    print(f"caret in a new note after {took:.0f} ms")
    assert took < allowed(MS_TO_THE_CARET)
    await expect(tom.locator(CARD).first).to_contain_text("Elle rappelle lundi.")
    await expect(lea.locator(CARD)).to_have_count(2)


async def test_deleting_offers_to_undo_and_undone_it_stands_in_its_place(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note()
    days = {"Trois": "2026-11-03", "Deux": "2026-11-02", "Un": "2026-11-01"}
    ids = {title: await add(note, title, "x", f"{day}T09:00:00Z") for title, day in days.items()}
    lea, tom = [await open_page(browser, note, name) for name in ("lea", "tom")]
    for page in (lea, tom):
        await expect(page.locator(CARD)).to_have_count(3)
    left_him = asyncio.create_task(tom.evaluate(LEFT, f"note-{ids['Deux']}"))

    await choose(lea, ids["Deux"], "Supprimer")
    await lea.get_by_role("button", name="Annuler").click()  # offered for some seconds only
    await left_him

    for page in (lea, tom):
        await expect(page.locator(CARD)).to_have_count(3)
    assert await titles(lea) == await titles(tom) == ["Trois", "Deux", "Un"]


async def test_what_was_deleted_is_listed_with_who_and_comes_back(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    gone = await add(note, "Appel", "Budget confirmé.", "2026-11-02T09:00:00Z")
    async with carnet_server.rest("tom") as rest:
        assert (await rest.delete(f"/notes/{gone}")).status_code == 204
    lea = await open_page(browser, note, "lea")

    await lea.get_by_role("button", name="Actions sur l’activité").click()
    await lea.get_by_role("menuitem", name="Restaurer l’activité").click()
    dialog = lea.get_by_role("dialog", name="Restaurer l’activité")
    await expect(dialog).to_contain_text("par Tom Petit")
    assert await axe(lea) == []
    await dialog.get_by_role("button", name="Rétablir « Appel »").click()

    await expect(dialog).to_contain_text("Rien n’a été supprimé")
    await lea.keyboard.press("Escape")
    await expect(card(lea, gone)).to_contain_text("Budget confirmé.")


async def test_a_note_deleted_under_its_writer_says_so_and_can_be_had_back(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note()
    visit = await add(note, "Visite", "Au salon.", "2026-11-12T09:00:00Z")
    lea = await open_page(browser, note, "lea")
    await write(lea, visit)
    await lea.keyboard.press("Control+End")
    await lea.keyboard.type(" Et après.")
    await expect(card(lea, visit).locator("[data-save-state=saved]")).to_be_visible()

    async with carnet_server.rest("tom") as rest:
        assert (await rest.delete(f"/notes/{visit}")).status_code == 204

    await expect(card(lea, visit)).to_contain_text("Cette note vient d’être supprimée")
    await expect(card(lea, visit)).to_contain_text("Et après.")
    await card(lea, visit).get_by_role("button", name="Rétablir").click()
    await expect(card(lea, visit).get_by_role("textbox")).to_be_editable()
    assert (await read(note, visit))["text"] == "Au salon. Et après."


async def test_words_for_a_note_that_was_deleted_while_one_was_cut_off_are_kept(
    browser: Browser, own_server: Callable[[], Server]
) -> None:
    server = own_server()
    note = await server.new_note()
    visit = await add(note, "Visite", "Au salon.", "2026-11-12T09:00:00Z")
    lea = await open_page(browser, note, "lea")
    await write(lea, visit)
    await expect(card(lea, visit).locator("[data-save-state=saved]")).to_be_visible()
    await lea.context.set_offline(True)
    await expect(card(lea, visit).locator("[data-save-state=offline]")).to_be_visible()
    await lea.keyboard.press("Control+End")
    await lea.keyboard.type(" Jamais envoyé.")
    async with server.rest("tom") as rest:
        assert (await rest.delete(f"/notes/{visit}")).status_code == 204

    await lea.context.set_offline(False)

    await expect(card(lea, visit)).to_contain_text("Cette note vient d’être supprimée")
    await expect(card(lea, visit).get_by_role("alert")).to_contain_text("Jamais envoyé.")


async def test_a_link_leads_to_its_note_through_the_pages_before_it(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    oldest = await add(note, "La toute première", "\n".join(f"Ligne {n}." for n in range(30)), "2020-01-01T09:00:00Z")
    for day in range(1, 22):  # one more than a page holds
        await add(note, None, "x", f"2026-10-{day:02}T09:00:00Z")

    for options in ({"viewport": DESK}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}):
        lea = await open_page(browser, note, "lea", f"#note-{oldest}", **options)
        await card(lea, oldest).wait_for()
        await expect(card(lea, oldest)).to_be_in_viewport()
        await expect(card(lea, oldest)).to_contain_text("Ligne 29.")
        await expect(card(lea, oldest).get_by_role("button", name="Afficher plus")).to_have_count(0)


async def test_title_and_date_are_changed_in_place_and_the_card_moves(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    first = await add(note, "Première", "x", "2026-11-02T09:00:00Z")
    second = await add(note, None, "y", "2026-11-01T09:00:00Z")
    lea, tom = [await open_page(browser, note, name) for name in ("lea", "tom")]

    await card(lea, second).get_by_title("Modifier le titre").click()
    await lea.keyboard.type("Seconde")
    await lea.keyboard.press("Enter")
    await card(lea, first).get_by_role("button", name="Modifier la date").click()
    await lea.get_by_label("Date et heure").last.fill("2025-06-01T10:00")
    await lea.get_by_role("button", name="Enregistrer").click()

    async def moved() -> bool:
        return await titles(tom) == await titles(lea) == ["Seconde", "Première"]

    await until(moved)
    await expect(tom.get_by_role("heading", name="juin 2025")).to_be_visible()


async def test_a_card_folds_and_a_long_one_shows_the_rest(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    long = await add(note, "Long", "\n".join(f"Ligne {n}." for n in range(30)), "2026-11-02T09:00:00Z")
    lea = await open_page(browser, note, "lea")
    toggle = card(lea, long).get_by_role("button", name="Contenu de « Long »")
    first_lines = await height(card(lea, long))

    await card(lea, long).get_by_role("button", name="Afficher plus").click()
    assert await height(card(lea, long)) > first_lines
    await toggle.press("Enter")

    await expect(toggle).to_have_attribute("aria-expanded", "false")
    await expect(card(lea, long).locator(".prose")).to_be_hidden()
    assert await axe(lea) == []


async def test_a_note_begun_offline_is_there_once_the_network_is(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    lea = await open_page(browser, note, "lea")
    await lea.locator("[data-save-state=saved]").wait_for()
    await lea.context.set_offline(True)

    await lea.get_by_role("button", name="Nouvelle note").click()
    await expect(lea.locator(CARD).get_by_role("textbox")).to_be_focused()
    await lea.keyboard.type("Dans le train.")
    await lea.context.set_offline(False)

    await expect(lea.locator(CARD).locator("[data-save-state=saved]")).to_be_visible(timeout=15_000)
    note_id = (await lea.locator(CARD).get_attribute("id") or "").removeprefix("note-")
    assert (await read(note, note_id))["text"] == "Dans le train."


async def test_a_viewer_reads_dated_notes_and_changes_nothing(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    visit = await add(note, "Visite", "Au salon.", "2026-11-12T09:00:00Z")
    mia = await open_page(browser, note, "mia")
    await expect(card(mia, visit)).to_contain_text("Au salon.")

    await card(mia, visit).locator(".prose").click()
    await card(mia, visit).get_by_role("button", name="Actions sur").click()

    await expect(mia.get_by_role("menuitem")).to_have_text(["Copier le lien", "Historique"])
    await expect(mia.get_by_role("button", name="Nouvelle note")).to_have_count(0)
    await expect(card(mia, visit).get_by_role("textbox")).to_have_count(0)
