"""A contact that is deleted while people have it open: in browsers, on two processes, in both dialects."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.test_rights import on, opened
from tests.support.node import People
from tests.support.pages import EDITOR, PHONE, open_editor, sign_in, until_save_state
from tests.support.server import Server
from tests.support.waiting import until


@pytest.mark.both_databases
async def test_who_types_in_a_contact_that_is_deleted_is_sent_away_on_every_process(
    pair: tuple[Server, Server], people: People
) -> None:
    first, second = pair
    note, other = await first.new_note(), await first.new_note("Une", "Autre")
    here, there = await opened(people, note, "here"), await opened(people, on(second, note), "there")
    plain = await opened(people, on(second, note), "plain", y_websocket=True)
    elsewhere = await opened(people, on(second, other), "elsewhere")
    await here.write("Avant. ")
    await here.until(saved=True)
    await there.until(text="Avant. ")

    async with first.rest("lea") as rest:
        assert (await rest.delete(f"/contacts/{note.contact_id}")).status_code == 204
    for person in (here, there):
        await person.until(refusals=lambda said: "not-found" in said)
    await plain.until(closes=lambda codes: 4404 in codes)
    await there.do("write", text="Dans le vide")
    await elsewhere.write("Rien à voir")
    await elsewhere.until(saved=True)

    async with second.rest("tom") as rest:
        assert (await rest.post(f"/contacts/{note.contact_id}/restore")).status_code == 200
    again = await opened(people, on(second, note), "again")
    await again.until(text="Avant. ")
    await again.write("Après")
    await again.until(saved=True)

    async def all_there() -> bool:
        return "Après" in await note.text()

    await until(all_there, what=lambda: "the words after restoring")
    assert "Dans le vide" not in await note.text()


async def test_a_contact_is_deleted_on_its_page_and_had_back_by_who_has_it_open(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note("Ondine", "Supprimée")
    lea = await (await sign_in(browser, note.server, "lea")).new_page()
    tom = await (await sign_in(browser, note.server, "tom", viewport=PHONE)).new_page()
    await open_editor(lea, note.page)
    await open_editor(tom, note.page)

    await lea.get_by_role("button", name="Actions sur Ondine").first.click()
    await lea.get_by_role("menuitem", name="Supprimer").click()
    await lea.get_by_role("button", name="Supprimer la fiche").click()

    await expect(lea.get_by_text("Fiche supprimée")).to_be_visible()
    await expect(lea.get_by_role("link", name="Ondine Supprimée")).to_have_count(0)
    banner = tom.get_by_role("alert").filter(has_text="Léa Martin a supprimé cette fiche")
    await expect(banner).to_be_visible()
    await expect(tom.get_by_text("vous n’y avez pas accès")).to_have_count(0)  # the banner says it for the note too
    await expect(tom.locator(EDITOR).and_(tom.locator("[contenteditable=true]"))).to_have_count(0)
    await lea.goto(f"{note.server.url}/contacts/deleted")
    await expect(lea.get_by_role("listitem").filter(has_text="Ondine Supprimée")).to_be_visible()

    await banner.get_by_role("button", name="Restaurer").click()
    await expect(banner).to_have_count(0)
    await expect(tom.locator(EDITOR)).to_be_editable()
    await expect(lea.get_by_text("Ondine Supprimée")).to_have_count(0)


async def test_what_was_typed_without_a_network_in_a_contact_that_is_gone_is_kept(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note("Coupée", "Dunet")
    tom = await (await sign_in(browser, note.server, "tom")).new_page()
    editor = await open_editor(tom, note.page)
    await until_save_state(tom, "saved")
    await tom.context.set_offline(True)
    await until_save_state(tom, "offline")
    await editor.click()
    await tom.keyboard.type("Jamais envoyé.")
    async with note.server.rest("lea") as rest:
        assert (await rest.delete(f"/contacts/{note.contact_id}")).status_code == 204

    await tom.context.set_offline(False)

    kept = tom.get_by_role("alert").filter(has_text="Jamais envoyé.")
    await expect(kept).to_be_visible()
    await tom.get_by_role("button", name="Restaurer").click()
    await kept.get_by_role("button", name="Insérer").click()
    await until_save_state(tom, "saved")
    assert await note.text() == "Jamais envoyé."


async def test_restoring_one_whose_address_another_has_offers_to_merge(browser: Browser, carnet_server: Server) -> None:
    async with carnet_server.rest("lea") as rest:
        ids = []
        for name in ("Ancienne", "Nouvelle"):
            body = {"properties": {"firstname": name, "lastname": "Dreyfus", "email": "d@dreyfus.example"}}
            made = await rest.post("/contacts", json=body)
            assert made.status_code == 201, made.text
            ids.append(made.json()["id"])
            if name == "Ancienne":
                await rest.delete(f"/contacts/{ids[0]}")
    lea = await (await sign_in(browser, carnet_server, "lea")).new_page()
    await lea.goto(f"{carnet_server.url}/contacts/{ids[0]}")
    await lea.get_by_role("button", name="Restaurer").click()
    choice = lea.get_by_role("dialog")
    await expect(choice).to_contain_text("Nouvelle Dreyfus porte aujourd’hui l’adresse d@dreyfus.example")
    await choice.get_by_role("button", name="Restaurer et fusionner").click()
    await lea.wait_for_url(f"**/contacts/{ids[1]}")
    async with carnet_server.rest("lea") as rest:
        assert (await rest.get(f"/contacts/{ids[0]}")).status_code == 200
