"""What a merge leaves to look at, in two browsers at once; and one note made of two."""

from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.test_open_pages import merge, set_city, two_contacts, typed_in, until_city, until_text, write
from tests.support.pages import PHONE, sign_in
from tests.support.server import Note, Server
from tests.support.waiting import until


def chip(page: Page) -> Locator:
    return page.get_by_role("button", name="à revoir")


async def merged_pair(server: Server) -> tuple[Note, Note]:
    """Two contacts with a city and a note each, merged by somebody who was asked nothing."""
    one, other = await two_contacts(server)
    await write(other, "Les notes de C. Roy.")
    await set_city(one, "Paris")
    await set_city(other, "Metz")
    await merge(server, one, other)
    return one, other


async def open_page(browser: Browser, note: Note, name: str, **options: Any) -> Page:
    page = await (await sign_in(browser, note.server, name, **options)).new_page()
    await page.goto(note.page)
    await expect(chip(page)).to_be_visible()
    return page


async def test_what_one_person_settles_is_settled_for_all(browser: Browser, carnet_server: Server) -> None:
    one, _ = await merged_pair(carnet_server)
    lea, tom = [await open_page(browser, one, name) for name in ("lea", "tom")]
    await expect(chip(tom)).to_have_text("3 éléments à revoir")

    await chip(lea).click()
    panel = lea.get_by_role("dialog")
    await expect(panel.get_by_label("Notes de C. Roy").first).to_be_focused()
    await lea.keyboard.press("a")
    await expect(chip(tom)).to_have_text("2 éléments à revoir")
    city = panel.get_by_label("Ville")
    await expect(city).to_contain_text("Paris")
    await expect(panel.locator("[data-card]").first).to_be_focused()  # the next one took its place
    await lea.keyboard.press("j")
    await expect(panel.locator("[data-card]").last).to_be_focused()
    await lea.keyboard.press("k")
    await expect(city).to_be_focused()
    await lea.keyboard.press("b")

    await until_city(one, "Metz")
    await expect(tom.locator(".property[data-property=city]")).to_contain_text("Metz")
    await expect(chip(tom)).to_have_text("1 élément à revoir")
    await chip(tom).click()
    await tom.get_by_role("dialog").get_by_role("button", name="Garder", exact=False).click()
    await expect(panel).to_contain_text("Tout est revu.")


async def test_of_many_notes_some_are_asked_about_and_the_others_on_demand(
    browser: Browser, carnet_server: Server
) -> None:
    one, other = await two_contacts(carnet_server)
    async with carnet_server.rest("lea") as rest:
        for n in range(24):
            answer = await rest.post(f"/contacts/{other.contact_id}/notes", json={"body": f"Appel numéro {n}"})
            assert answer.status_code == 201, answer.text
    await merge(carnet_server, one, other)
    lea = await open_page(browser, one, "lea", viewport=PHONE)
    await expect(chip(lea)).to_have_text("21 éléments à revoir")
    await chip(lea).click()
    panel = lea.get_by_role("dialog")
    await expect(panel).to_contain_text("4 autres notes sont venues par fusion")
    await panel.get_by_role("button", name="En revoir 4 de plus").click()
    await expect(panel.locator("[data-card]")).to_have_count(25)  # and the first name
    await expect(panel.get_by_text("autres notes")).to_have_count(0)
    await expect(panel).to_contain_text("25 restants")


async def test_two_notes_become_one_on_a_phone_and_two_again(browser: Browser, carnet_server: Server) -> None:
    one, other = await merged_pair(carnet_server)
    lea = await open_page(browser, one, "lea", viewport=PHONE, has_touch=True, is_mobile=True)
    tom = await open_page(browser, one, "tom")

    await chip(lea).tap()
    await lea.get_by_role("dialog").get_by_role("button", name="Réunir").tap()

    await expect(tom.locator("[data-note]")).to_have_count(1)
    await expect(tom.locator(typed_in(one))).to_have_text("Les notes de Camille.Les notes de C. Roy.")
    await lea.get_by_role("button", name="Annuler").dispatch_event("click")
    await expect(tom.locator("[data-note]")).to_have_count(2)
    await expect(tom.locator(typed_in(one))).to_have_text("Les notes de Camille.")
    await until_text(other, "Les notes de C. Roy.")


async def test_who_writes_on_in_a_note_that_was_combined_has_it_back(browser: Browser, carnet_server: Server) -> None:
    one, other = await merged_pair(carnet_server)
    tom = await open_page(browser, one, "tom")
    field = tom.locator(f"{typed_in(other)}[role=textbox]")
    await field.click()
    await tom.keyboard.press("Control+End")
    async with carnet_server.rest("lea") as rest:
        answer = await rest.post(f"/notes/{one.id}/combine", json={"note_id": other.id})
    assert answer.status_code == 201, answer.text
    await expect(tom.locator(typed_in(one))).to_contain_text("Les notes de C. Roy.")

    await tom.keyboard.type(" Et la suite.")

    async def is_back() -> bool:
        async with carnet_server.rest() as rest:
            answer = await rest.get(f"/notes/{other.id}")
        return answer.status_code == 200 and answer.json()["text"] == "Les notes de C. Roy. Et la suite."

    await until(is_back)
    await until_text(one, "Les notes de Camille.\nLes notes de C. Roy.")
    await expect(field).to_have_text("Les notes de C. Roy. Et la suite.")
