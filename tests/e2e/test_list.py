"""The list of contacts and the command menu: live, searched, edited, gone through with the keyboard."""

from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.pages import DESK, PHONE, axe, open_editor, shoot, sign_in, until_save_state
from tests.support.server import Server
from tests.support.waiting import allowed

PICTURES = Path(gettempdir()) / "carnet-list"
FOUND_MS_MAX = 2_000
NAMES = "[...document.querySelectorAll('[data-row]')].map((row) => row.querySelector('a').textContent)"
CELLS_THAT_WERE_LIT = """() => {
    window.litCells = new Set();
    new MutationObserver((changes) => {
        for (const { target } of changes) if (target.matches("[role=row] > .lit")) litCells.add(target.ariaColIndex);
    }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["class"] });
}"""


async def open_list(browser: Browser, server: Server, name: str = "lea", path: str = "", **options: Any) -> Page:
    page = await (await sign_in(browser, server, name, **options)).new_page()
    await page.goto(f"{server.url}/contacts{path}")
    await expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
    return page


def row_of(page: Page, contact_id: str) -> Locator:
    return page.locator(f"[data-contact={contact_id}]")


async def cell(page: Page, contact_id: str, header: str) -> Locator:
    column = await page.get_by_role("columnheader", name=header).get_attribute("aria-colindex")
    return row_of(page, contact_id).locator(f"[aria-colindex='{column}']")


async def test_a_value_edited_in_one_list_lights_its_cell_alone_in_the_other(
    browser: Browser, carnet_server: Server
) -> None:
    contact_id = (await carnet_server.new_note("Ada", "Aaa")).contact_id
    lea, tom = [await open_list(browser, carnet_server, name) for name in ("lea", "tom")]
    await expect(row_of(lea, contact_id)).to_be_visible()
    before = await lea.evaluate(NAMES)
    await lea.evaluate(CELLS_THAT_WERE_LIT)

    await row_of(tom, contact_id).get_by_role("link").focus()
    await tom.keyboard.press("ArrowRight")
    await tom.keyboard.press("Enter")
    await tom.keyboard.type("Ateliers Aaa")
    await tom.keyboard.press("Enter")

    company = await cell(lea, contact_id, "Entreprise")
    await expect(company).to_have_text("Ateliers Aaa")
    await expect(await cell(tom, contact_id, "Entreprise")).to_be_focused()
    changed = {await company.get_attribute("aria-colindex")}
    updated = await (await cell(lea, contact_id, "Mise à jour")).get_attribute("aria-colindex")
    assert changed <= set(await lea.evaluate("[...litCells]")) <= changed | {updated}
    assert await lea.evaluate(NAMES) == before
    await expect(lea.locator(".lit")).to_have_count(0)


async def test_an_edit_that_cannot_be_saved_is_taken_back_and_explained(
    browser: Browser, carnet_server: Server
) -> None:
    contact_id = (await carnet_server.new_note("Abe", "Aab")).contact_id
    page = await open_list(browser, carnet_server)
    company = await cell(page, contact_id, "Entreprise")

    await page.context.set_offline(True)
    await company.dblclick()
    await page.keyboard.type("Nowhere")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("« Entreprise » n’a pas été modifié")).to_be_visible()
    await expect(company).to_have_text("")


@pytest.mark.timed
async def test_a_word_typed_in_a_note_comes_into_an_open_search(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note("Zoé", "Trouvée")
    lea = await (await sign_in(browser, carnet_server, "lea")).new_page()
    await lea.goto(f"{carnet_server.url}/contacts?q=mirabelle")
    await expect(lea.get_by_role("heading", name="mirabelle")).to_be_visible()
    tom = await (await sign_in(browser, carnet_server, "tom")).new_page()
    editor = await open_editor(tom, note.page)
    await until_save_state(tom, "saved")

    await editor.click()
    await tom.keyboard.type("Aime la tarte aux Mirabelles.")

    await expect(row_of(lea, note.contact_id).locator("mark")).to_have_text("Mirabelle", timeout=allowed(FOUND_MS_MAX))


async def test_a_note_is_found_and_opened_from_the_keyboard_alone(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note("Luc", "Verger")
    async with carnet_server.rest() as rest:
        dated = await rest.post(f"/contacts/{note.contact_id}/notes", json={"body": "Livre des *quetsches* en août"})
    page = await open_list(browser, carnet_server)

    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("QUETSCHE")
    option = page.get_by_role("option", name="Luc Verger")
    await expect(option.locator("mark")).to_have_text("quetsche")
    await expect(option).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")

    await page.wait_for_url(f"**/contacts/{note.contact_id}#note-{dated.json()['id']}")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("x")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("combobox")).to_have_value("")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("combobox")).to_have_count(0)


async def test_whoever_comes_back_to_the_list_finds_search_place_and_focus(
    browser: Browser, carnet_server: Server
) -> None:
    page = await open_list(browser, carnet_server)
    await page.keyboard.press("/")
    await page.keyboard.type("example")
    await page.wait_for_url("**/contacts?q=example")
    await expect(page.get_by_text("trouvés").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    for _ in range(4):
        await page.keyboard.press("PageDown")
    link = page.locator("[data-row='40']").get_by_role("link")
    await expect(link).to_be_focused()
    scrolled = await page.evaluate("document.querySelector('[data-scroll-restoration-id]').scrollTop")
    assert scrolled > 0
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/contacts/con_*")

    await page.go_back()

    await expect(page.get_by_role("searchbox")).to_have_value("example")
    await expect(link).to_be_focused()
    assert await page.evaluate("document.querySelector('[data-scroll-restoration-id]').scrollTop") == scrolled


async def test_a_row_that_the_order_would_move_waits_to_be_asked(browser: Browser, carnet_server: Server) -> None:
    contact_id = (await carnet_server.new_note("Old", "Timer")).contact_id
    await carnet_server.new_note("Newer", "Comer")
    page = await open_list(browser, carnet_server, path="?sort=-updated_at")
    before = (await page.evaluate(NAMES))[:2]
    assert before == ["Newer Comer", "Old Timer"]

    async with carnet_server.rest("tom") as rest:
        await rest.patch(f"/contacts/{contact_id}", json={"properties": {"company": "Elsewhere"}})

    reorder = page.get_by_role("button", name="actualiser l’ordre")
    await expect(reorder).to_be_visible()
    assert (await page.evaluate(NAMES))[:2] == before
    await reorder.click()
    await page.wait_for_function(f"() => {NAMES}[0] === 'Old Timer'")
    await expect(reorder).to_have_count(0)


async def test_the_columns_one_chose_are_there_after_a_reload(browser: Browser, carnet_server: Server) -> None:
    page = await open_list(browser, carnet_server)
    await page.get_by_role("button", name="Colonnes").click()
    await page.get_by_role("checkbox", name="Ville").check()
    await page.get_by_role("checkbox", name="E-mail").uncheck()
    await page.reload()

    await expect(page.get_by_role("columnheader", name="Ville")).to_be_visible()
    await expect(page.get_by_role("columnheader", name="E-mail")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(DESK, "dark"), (PHONE, "light")])
async def test_axe_finds_nothing_in_a_search_and_in_the_command_menu(
    browser: Browser, carnet_server: Server, width: dict[str, int], scheme: str
) -> None:
    page = await open_list(
        browser, carnet_server, path="?q=lyon", viewport=width, color_scheme=scheme, reduced_motion="reduce"
    )
    name = f"{width['width']}-{scheme}"
    await shoot(page, PICTURES / f"search-{name}.png")
    found = await axe(page)
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("salon")
    await expect(page.get_by_role("option").locator("mark").first).to_be_visible()
    await shoot(page, PICTURES / f"menu-{name}.png")
    assert found + await axe(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
