"""Pages that are open while their contact is merged into another, and while that is undone: whoever types goes on."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.counting import counting
from tests.support.pages import EDITOR, open_editor, shown_after_ms, sign_in, until_save_state
from tests.support.server import Note, Server
from tests.support.waiting import until

KEY_EVERY_MS = 20

# The very field that is typed in, and whether the caret ever left it.
REMEMBER = """(field) => {
    window.field = field;
    window.left = 0;
    field.addEventListener("blur", () => { window.left += 1; });
}"""
STILL_IN_IT = "window.left === 0 && window.field.isConnected && document.activeElement === window.field"


async def merge(server: Server, primary: Note, secondary: Note) -> str:
    body = {"primary_id": primary.contact_id, "secondary_id": secondary.contact_id}
    async with server.rest("lea") as rest:
        answer = await rest.post("/contacts/merge", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def undo(server: Server, merge_id: str) -> None:
    async with server.rest("lea") as rest:
        answer = await rest.post(f"/merges/{merge_id}/undo")
    assert answer.status_code == 200, answer.text


async def write(note: Note, words: str) -> None:
    async with note.server.rest("lea") as rest:
        assert (await rest.patch(f"/notes/{note.id}", json={"body": words})).status_code == 200


async def two_contacts(server: Server) -> tuple[Note, Note]:
    one, other = await server.new_note("Camille", "Roy"), await server.new_note("C.", "Roy")
    await write(one, "Les notes de Camille.")
    return one, other


async def open_page(browser: Browser, note: Note, name: str, **options: Any) -> Page:
    page = await (await sign_in(browser, note.server, name, **options)).new_page()
    await open_editor(page, note.page)
    await until_save_state(page, "saved")
    return page


async def begin_to_type(page: Page) -> None:
    editor = page.locator(EDITOR)
    await editor.click()
    await page.keyboard.press("Control+End")
    await editor.evaluate(REMEMBER)


async def until_text(note: Note, text: str) -> None:
    async def reads() -> bool:
        return await note.text() == text

    await until(reads, what=lambda: f"{note.id} reads {text!r}")


def typed_in(note: Note) -> str:
    return f"[data-note={note.id}] .prose"


async def type_through_a_merge(browser: Browser, primary: Note, secondary: Note, by: Server) -> tuple[Page, str]:
    """Tom types in the one, Léa merges it into the other by another process perhaps; his page, and the merge."""
    tom = await open_page(browser, secondary, "tom")
    await begin_to_type(tom)
    typing = asyncio.create_task(tom.keyboard.type(counting("t", 200), delay=KEY_EVERY_MS))
    await shown_after_ms(tom, counting("t", 20))
    merged = await merge(by, primary, secondary)
    await typing
    await expect(tom).to_have_url(primary.page)
    return tom, merged


async def test_who_types_in_a_contacts_note_goes_on_while_it_is_merged(browser: Browser, carnet_server: Server) -> None:
    one, other = await two_contacts(carnet_server)
    lea = await open_page(browser, one, "lea")
    tom, _ = await type_through_a_merge(browser, one, other, carnet_server)

    assert await tom.evaluate(STILL_IN_IT)
    await until_text(other, counting("t", 200))
    await until_save_state(tom, "saved")
    await expect(tom.get_by_role("heading", level=1)).to_have_text("Camille Roy")
    await expect(tom).to_have_title("Camille Roy · Carnet")
    await expect(tom.locator(typed_in(one))).to_have_text("Les notes de Camille.")
    await expect(tom.locator(f"[data-note={other.id}] h3")).to_contain_text("Notes de C. Roy (fusionné le")
    await expect(tom.get_by_text("Léa Martin a fusionné cette fiche dans Camille Roy")).to_be_visible()
    await expect(lea.locator(typed_in(other))).to_contain_text(counting("t", 200))
    await tom.keyboard.press("Control+z")
    await expect(tom.locator(typed_in(other))).not_to_contain_text(counting("t", 200))
    assert await tom.evaluate(STILL_IN_IT)


@pytest.mark.both_databases
async def test_who_types_goes_on_when_another_process_merges(browser: Browser, pair: tuple[Server, Server]) -> None:
    first, second = pair
    one, other = await two_contacts(first)
    tom, merged = await type_through_a_merge(browser, one, other, second)
    assert await tom.evaluate(STILL_IN_IT)
    await until_text(other, counting("t", 200))

    await undo(second, merged)
    await expect(tom).to_have_url(other.page)
    await tom.keyboard.type(" Encore.")
    await until_text(other, f"{counting('t', 200)} Encore.")
    assert await tom.evaluate(STILL_IN_IT)


async def test_undone_from_the_message_each_page_is_its_own_again(browser: Browser, carnet_server: Server) -> None:
    one, other = await two_contacts(carnet_server)
    lea = await open_page(browser, one, "lea")
    await begin_to_type(lea)
    tom, _ = await type_through_a_merge(browser, one, other, carnet_server)
    await expect(lea.locator(typed_in(other))).to_contain_text(counting("t", 200))

    await tom.get_by_role("button", name="Annuler", exact=True).dispatch_event("click")

    await expect(tom).to_have_url(other.page)
    await expect(tom.get_by_role("heading", level=1)).to_have_text("C. Roy")
    await expect(tom.locator("[data-note]")).to_have_count(1)
    await tom.keyboard.type(" Encore.")
    assert await tom.evaluate(STILL_IN_IT)
    await expect(lea).to_have_url(one.page)
    await expect(lea.locator("[data-note]")).to_have_count(1)
    await lea.keyboard.type(" Et encore.")
    assert await lea.evaluate(STILL_IN_IT)
    await until_text(other, f"{counting('t', 200)} Encore.")
    await until_text(one, "Les notes de Camille. Et encore.")


async def half_type_a_city(page: Page, note: Note, city: str) -> None:
    """Open the editor of the city, type, and do not press Enter."""
    await page.goto(note.page)
    value = page.locator(".property[data-property=city] [data-value]").first
    await expect(value).to_be_enabled()
    await value.click()
    editor = page.locator(".property[data-property=city] input")
    await expect(editor).to_be_focused()
    await editor.fill(city)
    await editor.evaluate(REMEMBER)


async def set_city(note: Note, city: str) -> None:
    async with note.server.rest("lea") as rest:
        answer = await rest.patch(f"/contacts/{note.contact_id}", json={"properties": {"city": city}})
    assert answer.status_code == 200, answer.text


async def city_of(note: Note) -> str | None:
    async with note.server.rest("lea") as rest:
        city: str | None = (await rest.get(f"/contacts/{note.contact_id}")).json()["properties"]["city"]
    return city


async def until_city(note: Note, city: str) -> None:
    async def said() -> bool:
        return await city_of(note) == city

    await until(said, what=lambda: f"the city is {city}")


async def test_a_half_typed_value_replaces_only_what_it_was_meant_for(browser: Browser, carnet_server: Server) -> None:
    one, other = await two_contacts(carnet_server)
    alone, same = await two_contacts(carnet_server)
    for note, city in ((one, "Paris"), (other, "Metz"), (same, "Metz")):
        await set_city(note, city)
    tom = await (await sign_in(browser, carnet_server, "tom")).new_page()

    await half_type_a_city(tom, other, "Nancy")
    await merge(carnet_server, one, other)
    await expect(tom).to_have_url(one.page)
    assert await tom.evaluate(STILL_IN_IT)
    await tom.keyboard.press("Enter")
    choice = tom.get_by_role("group", name="Choisir une valeur")
    await expect(choice).to_contain_text(re.compile(r"Sur cette fiche\s: Paris · Vous\s: Nancy"))
    assert await city_of(one) == "Paris"
    await tom.locator(".property[data-property=jobtitle] [data-value]").click()
    await expect(tom.locator(".property[data-property=city] input")).to_be_focused()  # what was typed is only there
    await choice.get_by_role("button", name="Remplacer").click()
    await until_city(one, "Nancy")

    await half_type_a_city(tom, same, "Nancy")
    await merge(carnet_server, alone, same)
    await expect(tom).to_have_url(alone.page)
    await tom.keyboard.press("Enter")
    await until_city(alone, "Nancy")


async def test_a_value_that_waits_for_a_choice_is_there_again_when_the_page_was_left(
    browser: Browser, carnet_server: Server
) -> None:
    one, other = await two_contacts(carnet_server)
    for note, city in ((one, "Paris"), (other, "Metz")):
        await set_city(note, city)
    tom = await (await sign_in(browser, carnet_server, "tom")).new_page()
    choice = tom.get_by_role("group", name="Choisir une valeur")
    await half_type_a_city(tom, other, "Nancy")
    await merge(carnet_server, one, other)
    await expect(tom).to_have_url(one.page)

    await tom.get_by_role("navigation").get_by_role("link", name="Contacts").first.click()
    await expect(tom.get_by_role("grid")).to_be_visible()
    await tom.go_back()
    await expect(choice).to_contain_text(re.compile(r"Paris · Vous\s: Nancy"))
    await choice.get_by_role("button", name="Garder").click()
    await expect(choice).to_have_count(0)

    await half_type_a_city(tom, one, "Nantes")
    await tom.reload()
    await expect(choice).to_contain_text(re.compile(r"Paris · Vous\s: Nantes"))
    assert await city_of(one) == "Paris"
    await choice.get_by_role("button", name="Remplacer").click()
    await until_city(one, "Nantes")
    await tom.reload()
    await expect(tom.locator(EDITOR)).to_be_editable()
    await expect(tom.locator(".property[data-property=city]")).to_contain_text("Nantes")
    await expect(choice).to_have_count(0)


async def test_who_was_away_while_it_was_merged_comes_back_with_everything(
    browser: Browser, own_server: Callable[[], Server]
) -> None:
    server = own_server()
    one, other = await two_contacts(server)
    tom = await open_page(browser, other, "tom")
    await begin_to_type(tom)
    await tom.context.set_offline(True)  # stops what is new; what is open is cut by the restart
    server.kill()
    await asyncio.to_thread(server.start)
    await until_save_state(tom, "offline")
    await tom.keyboard.type("Écrit dans le train.")
    city = tom.locator(".property[data-property=city]")
    await city.locator("[data-value]").first.click()
    await tom.keyboard.type("Lyon")
    await tom.keyboard.press("Enter")
    await merge(server, one, other)

    await tom.context.set_offline(False)

    await expect(tom).to_have_url(one.page, timeout=20_000)
    await expect(tom.locator(typed_in(other))).to_have_text("Écrit dans le train.")
    await until_text(other, "Écrit dans le train.")
    await expect(city).to_contain_text("Lyon")

    async def brought() -> bool:
        async with server.rest() as rest:
            shown = (await rest.get(f"/contacts/{one.contact_id}")).json()
        return bool(shown["properties"]["city"] == "Lyon" and "Écrit dans le train." in shown["notes_text"])

    await until(brought)
