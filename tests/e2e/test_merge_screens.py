"""Merging in browsers: found, compared, confirmed and taken back, on a desk and on a phone, while others edit."""

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.support.pages import DESK, PHONE, sign_in
from tests.support.server import Note, Server

HERS = {"firstname": "Camille", "jobtitle": "Directrice", "city": "Lyon", "tags": ["salon"]}
THEIRS = {"firstname": "C.", "jobtitle": "Acheteuse", "company": "Acme", "city": "Paris", "tags": ["vip"]}
ON = {
    "desk": {"viewport": DESK},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
}


async def two(server: Server, lastname: str) -> tuple[Note, Note]:
    """Two contacts of one person, with a word in their main notes."""
    notes = []
    for properties, words in ((HERS, "Préfère le matin."), (THEIRS, "Rencontrée au salon.")):
        note = await server.new_note(properties["firstname"], lastname)
        await change(note, **properties)
        async with server.rest("tom") as rest:
            assert (await rest.patch(f"/notes/{note.id}", json={"body": words})).status_code == 200
        notes.append(note)
    return notes[0], notes[1]


async def change(note: Note, **properties: Any) -> None:
    """As Tom does over REST."""
    async with note.server.rest("tom") as rest:
        answer = await rest.patch(f"/contacts/{note.contact_id}", json={"properties": properties})
        assert answer.status_code == 200, answer.text


async def read(note: Note, path: str = "") -> Any:
    async with note.server.rest() as rest:
        answer = await rest.get(f"/contacts/{note.contact_id}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()


async def open_page(browser: Browser, note: Note, name: str, **options: Any) -> Page:
    page = await (await sign_in(browser, note.server, name, **options)).new_page()
    await page.goto(note.page)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


async def compare(page: Page, lastname: str) -> Locator:
    """From the record's menu through the search to the comparison with the only namesake."""
    await page.get_by_role("button", name="Actions sur Camille").locator("visible=true").click()
    await page.get_by_role("menuitem", name="Fusionner avec…").click()
    box = page.get_by_role("combobox", name="Chercher l’autre fiche")
    await expect(box).to_be_focused()
    await page.keyboard.type(f"c {lastname}")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Fusionner deux fiches")
    await expect(choice(dialog, "city")).to_be_visible()
    return dialog


def choice(dialog: Locator, name: str) -> Locator:
    return dialog.locator(f"[data-choice={name}]")


def confirm(dialog: Locator) -> Locator:
    return dialog.get_by_role("button", name="Fusionner", exact=True)


@pytest.mark.parametrize("width", list(ON))
async def test_a_merge_does_what_its_screen_says_and_is_taken_back(
    browser: Browser, carnet_server: Server, width: str
) -> None:
    name = f"Vaillant{width}"
    one, other = await two(carnet_server, name)
    before = (await read(one))["properties"]
    lea = await open_page(browser, one, "lea", **ON[width])
    dialog = await compare(lea, name)
    assert await dialog.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    await expect(choice(dialog, "city")).to_contain_text("Tom Petit")
    await choice(dialog, "city").get_by_text("Paris").click()
    await expect(dialog.locator("[data-outcome=tags]")).to_contain_text("vip")
    await expect(dialog).to_contain_text("2 notes")
    await confirm(dialog).click()

    await expect(dialog).to_have_count(0)
    await expect(lea.get_by_text(f"C. {name} est maintenant dans Camille {name}")).to_be_visible()
    await expect(lea.get_by_text("Rencontrée au salon.")).to_have_count(1)
    held = (await read(other))["properties"]
    assert (held["firstname"], held["jobtitle"], held["city"]) == ("Camille", "Directrice", "Paris")
    assert (held["company"], sorted(held["tags"])) == ("Acme", ["salon", "vip"])

    if width == "phone":
        await lea.get_by_role("tab", name="Activité").click()
    card = lea.locator("[data-merge]")
    await expect(card).to_contain_text(f"Léa Martin a fusionné C. {name} dans cette fiche")
    await card.get_by_role("button", name="Annuler la fusion").click()
    undoing = lea.get_by_role("dialog", name="Annuler la fusion")
    await expect(undoing.locator("[data-restored=city]")).to_contain_text("Lyon")
    await undoing.get_by_role("button", name="Annuler la fusion").click()
    await expect(card).to_contain_text("Fusion annulée")
    await expect(lea.get_by_text("Rencontrée au salon.")).to_have_count(0)
    assert (await read(one))["properties"] == before
    assert (await read(other))["id"] == other.contact_id


async def test_a_value_that_changes_while_it_is_compared_changes_on_the_screen(
    browser: Browser, carnet_server: Server
) -> None:
    one, other = await two(carnet_server, "Marivaux")
    lea, tom = await open_page(browser, one, "lea"), await open_page(browser, other, "tom")
    dialog = await compare(lea, "Marivaux")
    await choice(dialog, "jobtitle").get_by_text("Acheteuse").click()

    await tom.locator("[data-property=city] [data-value]").click()
    await tom.keyboard.press("Control+a")
    await tom.keyboard.type("Nantes")
    await tom.keyboard.press("Enter")

    await expect(choice(dialog, "city")).to_contain_text("Nantes")
    await expect(choice(dialog, "jobtitle").get_by_role("radio", name="Acheteuse")).to_be_checked()
    await choice(dialog, "city").get_by_text("Nantes").click()
    await confirm(dialog).click()
    await expect(dialog).to_have_count(0)
    held = (await read(one))["properties"]
    assert (held["city"], held["jobtitle"]) == ("Nantes", "Acheteuse")


async def test_what_changed_unseen_is_shown_before_anything_is_merged(browser: Browser, carnet_server: Server) -> None:
    one, other = await two(carnet_server, "Beaumarchais")
    context = await sign_in(browser, carnet_server, "lea")
    await context.route("**/api/v1/changes", lambda route: route.abort())  # nothing is told
    lea = await context.new_page()
    await lea.goto(one.page)
    dialog = await compare(lea, "Beaumarchais")
    await choice(dialog, "jobtitle").get_by_text("Acheteuse").click()
    await change(other, city="Brest")

    await confirm(dialog).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Vient de changer : Ville.")
    await expect(choice(dialog, "city")).to_contain_text("Brest")
    await expect(choice(dialog, "jobtitle").get_by_role("radio", name="Acheteuse")).to_be_checked()
    assert (await read(other))["id"] == other.contact_id

    await confirm(dialog).click()
    await expect(dialog).to_have_count(0)
    assert (await read(other))["properties"]["jobtitle"] == "Acheteuse"


async def test_pressed_twice_or_asked_again_after_a_lost_answer_it_is_one_merge(
    browser: Browser, carnet_server: Server
) -> None:
    one, _ = await two(carnet_server, "Diderot")
    lea = await open_page(browser, one, "lea")
    dialog = await compare(lea, "Diderot")
    keys: list[str | None] = []

    async def lose_the_first_answer(route: Route) -> None:
        keys.append(await route.request.header_value("Idempotency-Key"))
        if len(keys) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await lea.route("**/contacts/merge", lose_the_first_answer)
    await confirm(dialog).dblclick()
    await expect(dialog.get_by_role("alert")).to_contain_text("demande une connexion")
    assert len(keys) == 1, "pressed twice, asked once"
    await dialog.get_by_role("button", name="Réessayer").click()

    await expect(dialog).to_have_count(0)
    assert keys[1:] == keys[:1]
    assert keys[0]
    assert len((await read(one, "/merges"))["results"]) == 1


async def test_turned_round_the_other_stays_with_the_values_that_were_chosen(
    browser: Browser, carnet_server: Server
) -> None:
    one, other = await two(carnet_server, "Rousseau")
    lea = await open_page(browser, one, "lea")
    dialog = await compare(lea, "Rousseau")
    await choice(dialog, "city").get_by_text("Lyon").click()
    await dialog.get_by_role("button", name="Garder plutôt C. Rousseau").click()
    await expect(dialog.locator("[data-side=primary]")).to_contain_text("C. Rousseau")
    await choice(dialog, "jobtitle").get_by_role("button", name="Autre valeur").click()
    await lea.keyboard.type("Associée")
    await confirm(dialog).click()

    await lea.wait_for_url(f"**/{other.contact_id}")
    await expect(lea.get_by_role("heading", name="C. Rousseau", level=1)).to_be_visible()
    held = await read(one)
    assert held["id"] == other.contact_id
    assert (held["properties"]["city"], held["properties"]["jobtitle"]) == ("Lyon", "Associée")


async def test_one_that_is_merged_elsewhere_meanwhile_says_so(browser: Browser, carnet_server: Server) -> None:
    one, other = await two(carnet_server, "Voltaire")
    third = await carnet_server.new_note("Arouet", "Voltaire")
    lea = await open_page(browser, one, "lea")
    dialog = await compare(lea, "Voltaire")
    async with carnet_server.rest("tom") as rest:
        asked = {"primary_id": third.contact_id, "secondary_id": other.contact_id}
        assert (await rest.post("/contacts/merge", json=asked)).status_code == 201

    await expect(dialog.get_by_role("alert")).to_contain_text("vient d’être fusionnée")
    await expect(confirm(dialog)).to_be_disabled()
    await dialog.get_by_role("link", name="Voir la fiche").click()
    await expect(lea.get_by_role("heading", name="Arouet Voltaire", level=1)).to_be_visible()


async def test_a_value_that_cannot_be_is_said_where_it_stands(browser: Browser, carnet_server: Server) -> None:
    one, other = await two(carnet_server, "Boileau")
    lea = await open_page(browser, one, "lea")
    dialog = await compare(lea, "Boileau")
    await choice(dialog, "city").get_by_role("button", name="Autre valeur").click()
    await choice(dialog, "city").get_by_role("textbox").fill("x" * 2_100)
    await confirm(dialog).click()
    await expect(choice(dialog, "city").get_by_role("alert")).to_contain_text("trop longue")
    assert (await read(other))["id"] == other.contact_id

    await choice(dialog, "city").get_by_role("textbox").fill("Nice")
    await confirm(dialog).click()
    await expect(dialog).to_have_count(0)
    assert (await read(other))["properties"]["city"] == "Nice"


async def test_who_comes_second_is_told_whose_merge_it_was(browser: Browser, carnet_server: Server) -> None:
    one, other = await two(carnet_server, "Crébillon")
    context = await sign_in(browser, carnet_server, "lea")
    await context.route("**/api/v1/changes", lambda route: route.abort())  # nothing is told
    lea = await context.new_page()
    await lea.goto(one.page)
    dialog = await compare(lea, "Crébillon")
    async with carnet_server.rest("tom") as rest:
        asked = {"primary_id": one.contact_id, "secondary_id": other.contact_id}
        assert (await rest.post("/contacts/merge", json=asked)).status_code == 201
    await confirm(dialog).click()
    await expect(lea.get_by_text("Tom Petit venait de fusionner ces deux fiches")).to_be_visible()


async def test_undoing_says_what_stays_and_takes_along_what_is_ticked(browser: Browser, carnet_server: Server) -> None:
    one, other = await two(carnet_server, "Chénier")
    async with carnet_server.rest() as rest:
        asked = {"primary_id": one.contact_id, "secondary_id": other.contact_id}
        assert (await rest.post("/contacts/merge", json=asked)).status_code == 201
        for title in ("Appel", "Visite"):
            made = await rest.post(f"/contacts/{one.contact_id}/notes", json={"title": title, "body": "x"})
            assert made.status_code == 201
    await change(one, company="Globex")
    lea = await open_page(browser, one, "lea")
    await lea.get_by_role("button", name="Annuler la fusion").click()
    undoing = lea.get_by_role("dialog", name="Annuler la fusion")
    await expect(undoing).to_contain_text("reste tel quel : Entreprise")
    await undoing.get_by_role("checkbox", name="Appel").check()
    await undoing.get_by_role("button", name="Annuler la fusion").click()

    await expect(lea.get_by_role("heading", name="Visite")).to_be_visible()
    await expect(lea.get_by_role("heading", name="Appel")).to_have_count(0)
    await expect(lea.get_by_text("Modifié depuis, resté ici : Entreprise")).to_be_visible()
    await lea.get_by_role("button", name="Ouvrir C. Chénier").click()
    await expect(lea.get_by_role("heading", name="Appel")).to_be_visible()
    assert (await read(one))["properties"]["company"] == "Globex"


async def test_the_command_menu_merges_too_and_escape_leaves_all_as_it_was(
    browser: Browser, carnet_server: Server
) -> None:
    one, other = await two(carnet_server, "Molière")
    lea = await open_page(browser, one, "lea")
    await lea.keyboard.press("Control+k")
    await lea.get_by_role("combobox", name="Rechercher ou agir").fill("fusionner")
    await lea.get_by_role("option", name="Fusionner Camille Molière avec…").click()
    await expect(lea.get_by_role("option", name="C. Molière")).to_be_visible()  # a namesake, unasked
    await lea.keyboard.press("Enter")
    await expect(lea.get_by_role("dialog", name="Fusionner deux fiches")).to_be_visible()
    await lea.keyboard.press("Escape")
    await expect(lea.get_by_role("dialog")).to_have_count(0)
    assert (await read(other))["id"] == other.contact_id


async def test_a_row_of_the_list_has_the_way_to_merge_by_pointer_and_by_keyboard(
    browser: Browser, carnet_server: Server
) -> None:
    one, other = await two(carnet_server, "Corneille")
    lea = await (await sign_in(browser, carnet_server, "lea")).new_page()
    await lea.goto(f"{carnet_server.url}/contacts?q=%22Corneille%22")
    row = lea.locator(f"[data-contact={one.contact_id}]")
    menu = row.get_by_role("button", name="Actions sur Camille Corneille")
    await row.hover()
    await menu.click()
    await lea.get_by_role("menuitem", name="Fusionner avec…").click()
    await expect(lea.get_by_role("dialog", name="Fusionner Camille Corneille avec…")).to_be_visible()
    await lea.keyboard.press("Escape")

    await row.get_by_role("link").focus()
    await lea.keyboard.press("Tab")
    await expect(menu).to_be_focused()
    await lea.keyboard.press("Enter")
    await lea.keyboard.press("Enter")
    await expect(lea.get_by_role("option", name="C. Corneille")).to_be_visible()
    await lea.keyboard.press("Enter")
    await confirm(lea.get_by_role("dialog", name="Fusionner deux fiches")).click()
    await lea.wait_for_url(f"**/{one.contact_id}")
    assert (await read(other))["id"] == one.contact_id


async def test_a_viewer_sees_what_was_merged_and_no_way_to_change_it(browser: Browser, carnet_server: Server) -> None:
    one, other = await two(carnet_server, "Racine")
    async with carnet_server.rest() as rest:
        asked = {"primary_id": one.contact_id, "secondary_id": other.contact_id}
        assert (await rest.post("/contacts/merge", json=asked)).status_code == 201
    mia = await open_page(browser, one, "mia")
    await expect(mia.locator("[data-merge]")).to_contain_text("a fusionné C. Racine")
    await expect(mia.get_by_text("Rencontrée au salon.")).to_be_visible()
    for name in ("Annuler la fusion", "Actions sur Camille"):
        await expect(mia.get_by_role("button", name=name)).to_have_count(0)


async def give_photo(note: Note, colour: str) -> None:
    drawn = BytesIO()
    Image.new("RGB", (40, 40), colour).save(drawn, "PNG")
    async with note.server.rest("tom") as rest:
        answer = await rest.put(f"/contacts/{note.contact_id}/avatar", files={"file": ("a.png", drawn.getvalue())})
        assert answer.status_code == 200, answer.text


async def address_of_photo(note: Note) -> str:
    address: str = (await read(note))["avatar"]
    return address.partition("?")[2]


async def test_the_photo_is_chosen_by_keyboard_shown_at_once_and_given_back(
    browser: Browser, carnet_server: Server
) -> None:
    one, other = await two(carnet_server, "Portrait")
    await give_photo(one, "teal")
    await give_photo(other, "orange")
    mine, theirs = await address_of_photo(one), await address_of_photo(other)
    lea, tom = await open_page(browser, one, "lea"), await open_page(browser, one, "tom")
    dialog = await compare(lea, "Portrait")
    photos = choice(dialog, "photo")
    kept = dialog.locator("[data-side=primary] img")
    await expect(kept).to_have_attribute("src", re.compile(re.escape(mine)))
    await photos.get_by_role("radio", name="Camille Portrait : Photo").focus()
    await lea.keyboard.press("ArrowRight")
    await expect(photos.get_by_role("radio", name="C. Portrait : Photo")).to_be_checked()
    await expect(kept).to_have_attribute("src", re.compile(re.escape(theirs)))
    await confirm(dialog).click()

    head = tom.get_by_role("button", name="Photo de Camille Portrait").locator("img")
    await expect(head).to_have_attribute("src", re.compile(re.escape(theirs)))
    await lea.locator("[data-merge]").get_by_role("button", name="Annuler la fusion").click()
    undoing = lea.get_by_role("dialog", name="Annuler la fusion")
    before = undoing.locator("[data-restored=photo] img")
    await expect(before).to_be_visible()
    assert await before.evaluate("(it) => it.decode().then(() => it.naturalWidth)") == 256
    await undoing.get_by_role("button", name="Annuler la fusion").click()
    await expect(head).to_have_attribute("src", re.compile(re.escape(mine)))
    assert await address_of_photo(other) == theirs
