"""Duplicates in a browser: seen, ignored, merged by one press, and met when a contact is made."""

from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.support.pages import PHONE, axe, sign_in
from tests.support.server import Server


async def made(server: Server, **properties: Any) -> str:
    async with server.rest("lea") as rest:
        answer = await rest.post("/contacts", json={"properties": properties, "allow_duplicate": True})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


async def opened(browser: Browser, server: Server, path: str, **options: Any) -> Page:
    page = await (await sign_in(browser, server, "lea", **options)).new_page()
    await page.goto(f"{server.url}{path}")
    return page


async def test_a_contacts_page_says_who_may_be_the_same_until_somebody_says_no(
    browser: Browser, carnet_server: Server
) -> None:
    one = await made(carnet_server, firstname="Irène", lastname="Joliot", email="irene@joliot.example")
    await made(carnet_server, firstname="I.", lastname="Joliot", email="irene@joliot.example")
    page = await opened(browser, carnet_server, f"/contacts/{one}", viewport=PHONE)
    chip = page.get_by_role("button", name="Doublon possible")
    await expect(chip).to_have_count(1)
    await chip.click()
    line = page.get_by_role("complementary").filter(has_text="Peut-être la même personne que I. Joliot")
    await expect(line).to_contain_text("même e-mail")
    assert await axe(page) == []
    await line.get_by_role("button", name="Ignorer").click()
    await expect(line).to_have_count(0)
    await expect(chip).to_have_count(0)


async def test_likely_doubles_stand_first_where_one_chooses_and_namesakes_are_told_apart_throughout(
    browser: Browser, carnet_server: Server
) -> None:
    one = await made(carnet_server, firstname="Emmy", lastname="Noether", email="emmy@erlangen.example")
    for firstname, more in (("Fritz", {}), ("Emmy", {"email": "emmy@goettingen.example"}), ("Gottfried", {})):
        await made(carnet_server, firstname=firstname, lastname="Noether", **more)
    page = await opened(browser, carnet_server, f"/contacts/{one}")
    await page.get_by_role("button", name="Actions sur Emmy Noether").locator("visible=true").click()
    await page.get_by_role("menuitem", name="Fusionner avec…").click()
    likely = page.get_by_role("group", name="Peut-être la même personne").get_by_role("option")
    await expect(likely.first).to_contain_text("nom semblable")
    await expect(likely.first).to_contain_text("emmy@goettingen.example")
    await expect(likely.first).to_have_attribute("aria-selected", "true")
    namesakes = page.get_by_role("group", name="Même nom").get_by_role("option")
    assert set(await likely.all_inner_texts()).isdisjoint(await namesakes.all_inner_texts())

    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Fusionner deux fiches")
    await expect(dialog).to_contain_text("Emmy Noether (emmy@goettingen.example)")
    await dialog.get_by_role("button", name="Fusionner", exact=True).click()
    await expect(page.get_by_role("region", name="Messages")).to_contain_text(
        "Emmy Noether (emmy@goettingen.example) est maintenant dans Emmy Noether (emmy@erlangen.example)"
    )
    await page.get_by_role("button", name="Annuler la fusion…").click()
    asked = page.get_by_role("dialog", name="Annuler la fusion")
    await expect(asked.get_by_role("heading", level=3)).to_have_text(
        ["Emmy Noether (emmy@goettingen.example)", "Emmy Noether (emmy@erlangen.example)"]
    )


async def test_sure_pairs_merge_by_one_press_and_come_apart_by_another(browser: Browser, carnet_server: Server) -> None:
    one = await made(carnet_server, firstname="Paul", lastname="Langevin", email="paul@langevin.example")
    other = await made(carnet_server, firstname="P.", lastname="Langevin", email="paul@langevin.example")
    page = await opened(browser, carnet_server, "/contacts/duplicates")
    pair = page.get_by_role("listitem", name="Paul Langevin et P. Langevin")
    await expect(pair).to_be_visible()

    await page.get_by_role("button", name="Fusionner").first.click()
    await expect(page.get_by_role("button", name="Tout annuler")).to_be_visible()
    await expect(pair).to_have_count(0)
    async with carnet_server.rest("lea") as rest:
        assert (await rest.get(f"/contacts/{other}")).json()["id"] == one

    await page.get_by_role("button", name="Tout annuler").click()
    await expect(pair).to_be_visible()
    async with carnet_server.rest("lea") as rest:
        assert (await rest.get(f"/contacts/{other}")).json()["id"] == other


async def test_who_makes_somebody_who_is_there_may_open_that_or_make_them_all_the_same(
    browser: Browser, carnet_server: Server
) -> None:
    there = await made(carnet_server, firstname="Marie", lastname="Anning", email="marie@anning.example")
    page = await opened(browser, carnet_server, "/contacts")
    await page.get_by_role("button", name="Créer un contact").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Prénom").fill("marie")
    await form.get_by_label("Nom", exact=True).fill("ANNING")
    await form.get_by_role("button", name="Créer").click()
    await expect(form).to_contain_text("Cette personne est peut-être déjà là")
    await form.get_by_role("button", name="Ouvrir Marie Anning").click()
    await page.wait_for_url(f"**/contacts/{there}")

    await page.goto(f"{carnet_server.url}/contacts")
    await page.get_by_role("button", name="Créer un contact").click()
    await form.get_by_label("E-mail").fill("marie@anning.example")
    await form.get_by_role("button", name="Créer").click()
    await form.get_by_role("button", name="Créer quand même").click()
    await page.wait_for_url(lambda url: "/contacts/con_" in url and there not in url)
