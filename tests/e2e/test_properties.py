"""Two people, two browsers, the properties of one contact."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.pages import EDITOR, sign_in
from tests.support.server import Note, Server
from tests.support.waiting import until


def row(page: Page, name: str) -> Locator:
    """A property of the panel."""
    return page.locator(f".property[data-property={name}]")


def value(page: Page, name: str) -> Locator:
    """Its first value, to be read or pressed."""
    return row(page, name).locator("[data-value]").first


async def open_record(browser: Browser, note: Note, person: str, **options: Any) -> Page:
    page = await (await sign_in(browser, note.server, person, **options)).new_page()
    await page.goto(note.page)
    await expect(value(page, "city")).to_be_visible()
    return page


async def open_for_two(browser: Browser, server: Server) -> tuple[Note, Page, Page]:
    note = await server.new_note()
    lea, tom = await asyncio.gather(*(open_record(browser, note, name) for name in ("lea", "tom")))
    return note, lea, tom


async def begin(page: Page, name: str) -> Locator:
    """Open the editor of a property."""
    await value(page, name).click()
    editor = row(page, name).locator("input")
    await expect(editor).to_be_focused()
    return editor


async def write(page: Page, name: str, text: str) -> None:
    editor = await begin(page, name)
    await editor.fill(text)
    await editor.press("Enter")


async def until_stored(note: Note, **wanted: Any) -> None:
    """Wait until REST says this of the contact."""

    async def stored() -> bool:
        async with note.server.rest() as rest:
            properties = (await rest.get(f"/contacts/{note.contact_id}")).json()["properties"]
        return all(properties[name] == one for name, one in wanted.items())

    await until(stored)


async def test_what_two_set_at_once_shows_everywhere_and_a_viewer_reads_along(
    browser: Browser, carnet_server: Server
) -> None:
    note, lea, tom = await open_for_two(browser, carnet_server)
    mia = await (await sign_in(browser, carnet_server, "mia")).new_page()
    await mia.goto(note.page)

    await asyncio.gather(write(lea, "city", "Lyon"), write(tom, "company", "Acme"))

    await expect(value(tom, "city")).to_have_text("Lyon")
    await expect(value(lea, "company")).to_have_text("Acme")
    for name, text in {"city": "Lyon", "company": "Acme"}.items():
        await expect(row(mia, name)).to_contain_text(text)
    await expect(mia.locator("[data-value]")).to_have_count(0)  # who may only read
    await until_stored(note, city="Lyon", company="Acme")


async def test_two_who_set_one_property_agree_in_the_end(browser: Browser, carnet_server: Server) -> None:
    note, lea, tom = await open_for_two(browser, carnet_server)
    editors = [await begin(page, "city") for page in (lea, tom)]
    await editors[0].fill("Lyon")
    await editors[1].fill("Nice")

    await editors[0].press("Enter")
    await expect(row(tom, "city").get_by_role("status")).to_contain_text("Léa")
    await expect(row(tom, "city").get_by_role("status")).to_contain_text("Lyon")
    await expect(editors[1]).to_have_value("Nice")
    await editors[1].press("Enter")

    for page in (lea, tom):
        await expect(value(page, "city")).to_have_text("Nice")
    await until_stored(note, city="Nice")


async def test_elements_that_two_add_at_once_both_stay(browser: Browser, carnet_server: Server) -> None:
    note, lea, tom = await open_for_two(browser, carnet_server)
    editors = [await begin(page, "tags") for page in (lea, tom)]
    await editors[0].fill("vip")
    await editors[1].fill("salon")
    for editor in editors:
        await editor.press("Enter")

    for page in (lea, tom):
        await expect(row(page, "tags").locator(".chip")).to_have_text(["salon", "vip"])
    await until_stored(note, tags=["salon", "vip"])


async def test_each_sees_which_property_the_other_edits(browser: Browser, carnet_server: Server) -> None:
    _, lea, tom = await open_for_two(browser, carnet_server)

    editor = await begin(lea, "city")

    edited = row(tom, "city")
    await expect(edited).to_have_attribute("data-edited", "Léa Martin")
    await expect(edited.locator("[data-initials]")).to_have_attribute("data-initials", "LM")
    ring = await edited.evaluate("(row) => getComputedStyle(row).outlineColor")
    assert ring not in ("rgba(0, 0, 0, 0)", "transparent")
    await editor.press("Escape")
    await expect(edited).not_to_have_attribute("data-edited", "Léa Martin")


async def test_only_its_author_sees_a_bad_value_and_can_mend_it(browser: Browser, carnet_server: Server) -> None:
    note, lea, tom = await open_for_two(browser, carnet_server)
    await write(lea, "emails", "camille@acme.fr")
    await expect(value(tom, "emails")).to_have_text("camille@acme.fr")
    await tom.evaluate(
        """() => { window.bad = false;
            new MutationObserver(() => { bad ||= document.body.innerText.includes("nobody") })
            .observe(document.body, { subtree: true, childList: true, characterData: true }) }"""
    )

    await write(lea, "emails", "nobody@nowhere")

    refusal = row(lea, "emails").get_by_role("alert")
    await expect(refusal).to_contain_text("nobody@nowhere")
    await expect(refusal).to_contain_text("adresse e-mail")
    await expect(value(lea, "emails")).to_have_text("camille@acme.fr")
    await refusal.get_by_role("button", name="Corriger").click()
    editor = row(lea, "emails").locator("input")
    await expect(editor).to_have_value("nobody@nowhere")
    await editor.fill("camille@acme.example")
    await editor.press("Enter")

    await expect(refusal).to_have_count(0)
    await expect(value(tom, "emails")).to_have_text("camille@acme.example")
    assert await tom.evaluate("bad") is False
    await until_stored(note, emails=[{"value": "camille@acme.example", "primary": True}])


HOLD_FRAMES = """
window.held = [];
window.requestAnimationFrame = (draw) => held.push(draw);
window.drawFrames = () => { while (held.length) held.shift()(performance.now()); };
"""


async def test_an_empty_note_whose_editor_comes_takes_the_focus_from_nobody(
    browser: Browser, carnet_server: Server
) -> None:
    """Where nobody is elsewhere it takes it, but never a frame later than it looked."""
    note = await carnet_server.new_note()
    page = await (await sign_in(browser, carnet_server, "lea")).new_page()
    await page.add_init_script(HOLD_FRAMES)
    await page.goto(note.page)
    await expect(page.locator(EDITOR)).to_be_visible()
    editor = await begin(page, "city")
    await page.evaluate("drawFrames()")
    await expect(editor).to_be_focused()
    await page.keyboard.type("Lyon")
    await expect(editor).to_have_value("Lyon")


async def test_an_edit_made_offline_arrives(browser: Browser, own_server: Callable[[], Server]) -> None:
    server = own_server()
    note, lea, tom = await open_for_two(browser, server)
    server.kill()

    await write(lea, "city", "Lyon")
    await write(tom, "company", "Acme")
    await expect(lea.locator("section[aria-labelledby=about-title] [data-save-state=offline]")).to_be_visible()
    await lea.close()  # what it wrote is on the device
    server.start()

    await expect(value(tom, "company")).to_have_text("Acme")
    await until_stored(note, company="Acme", city=None)
    again = await lea.context.new_page()
    await again.goto(note.page)
    await expect(value(tom, "city")).to_have_text("Lyon", timeout=15_000)
    await until_stored(note, company="Acme", city="Lyon")


async def test_a_number_takes_its_one_form_and_undo_still_finds_it(browser: Browser, carnet_server: Server) -> None:
    note, lea, _ = await open_for_two(browser, carnet_server)
    await write(lea, "phones", "06.12.34.56.78")
    await expect(value(lea, "phones")).to_have_text("06 12 34 56 78")
    await until_stored(note, phones=[{"value": "+33612345678", "primary": True}])
    await expect(value(lea, "phones")).to_be_focused()

    await lea.keyboard.press("Control+z")

    await expect(value(lea, "phones")).to_have_text("--")
    await until_stored(note, phones=[])


async def test_properties_are_filled_in_by_keyboard_alone(browser: Browser, carnet_server: Server) -> None:
    note, lea, tom = await open_for_two(browser, carnet_server)
    await value(lea, "jobtitle").focus()
    await lea.keyboard.press("Enter")
    await lea.keyboard.type("Acheteuse")
    await lea.keyboard.press("Tab")
    await lea.keyboard.type("Acme")
    await lea.keyboard.press("Tab")
    await lea.keyboard.type("Nowhere")
    await lea.keyboard.press("Escape")
    await value(lea, "lifecyclestage").focus()
    await lea.keyboard.press("Enter")
    await lea.keyboard.type("opp")
    await lea.keyboard.press("Enter")
    await value(lea, "owner_id").click()
    await lea.get_by_role("option", name="Tom Petit").click()

    await expect(value(tom, "lifecyclestage")).to_have_text("Opportunité")
    await expect(value(tom, "owner_id")).to_have_text("Tom Petit")
    await until_stored(note, jobtitle="Acheteuse", company="Acme", city=None, lifecyclestage="opportunity")


async def test_the_past_of_a_property_is_told_and_brought_back(browser: Browser, carnet_server: Server) -> None:
    note, lea, tom = await open_for_two(browser, carnet_server)
    await write(lea, "city", "Lyon")
    await expect(value(tom, "city")).to_have_text("Lyon")
    await write(tom, "city", "Nice")
    await until_stored(note, city="Nice")

    await row(lea, "city").hover()
    await row(lea, "city").get_by_role("button", name="Détails").click()
    past = lea.get_by_role("dialog").get_by_role("listitem")
    await expect(past).to_have_count(2)
    await expect(past.first).to_contain_text("Tom Petit")
    await past.last.get_by_role(
        "button", name="Rétablir « Lyon »".replace("« ", "«\u202f").replace(" »", "\u202f»")
    ).click()

    await expect(value(tom, "city")).to_have_text("Lyon")
    await lea.get_by_role("button", name="Afficher l’historique des propriétés").click()
    every = lea.get_by_role("dialog").get_by_role("listitem")
    await expect(every.first).to_contain_text("Ville")
    await expect(every).to_have_count(5)


async def test_a_photo_is_given_refused_and_taken_away(browser: Browser, carnet_server: Server) -> None:
    note, lea, tom = await open_for_two(browser, carnet_server)
    written = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(written, "PNG")
    photo = lea.locator("input[type=file][data-photo]")

    await photo.set_input_files({"name": "words.png", "mimeType": "image/png", "buffer": b"no picture"})
    await expect(lea.get_by_text("n’est pas une image")).to_be_visible()
    await photo.set_input_files({"name": "camille.png", "mimeType": "image/png", "buffer": written.getvalue()})

    for page in (lea, tom):
        await expect(page.locator(f"header img[src*='{note.contact_id}']")).to_be_visible()
    await lea.get_by_role("button", name="Photo de Camille Roy").click()
    await lea.get_by_role("menuitem", name="Retirer la photo").click()
    for page in (lea, tom):
        await expect(page.locator("header img")).to_have_count(0)
