"""The history of a note in browsers: who was in it, what each changed, and the way back while somebody types."""

from playwright.async_api import Browser, Page, expect

from tests.support.pages import DESK, PHONE, axe, note_text, open_editor, sign_in, until_save_state
from tests.support.server import Note, Server
from tests.support.waiting import until

KEYS = "abcdefghijklmnopqrstuvwxyz0123456789"


async def write(note: Note, name: str, body: str) -> None:
    async with note.server.rest(name) as rest:
        answer = await rest.patch(f"/notes/{note.id}", json={"body": body})
        assert answer.status_code == 200, answer.text


async def open_history(browser: Browser, note: Note, name: str, **options: object) -> Page:
    page = await (await sign_in(browser, note.server, name, **options)).new_page()
    await page.goto(f"{note.page}/notes/{note.id}/history")
    await expect(page.locator("[data-version]").first).to_be_visible()
    return page


async def shown(page: Page, seq: int) -> None:
    """Wait until this version is on the right, and read."""
    await expect(page.locator(f"[data-shown='{seq}'] .history-sheet[aria-busy=false]")).to_be_visible()


async def test_a_version_is_restored_while_somebody_types_and_nothing_of_theirs_is_lost(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note()
    await write(note, "lea", "Préfère le matin.\n\nDécide seule.")
    await write(note, "tom", "Préfère le matin.\n\nDécide avec Paul.")
    tom = await (await sign_in(browser, carnet_server, "tom")).new_page()
    editor = await open_editor(tom, note.page)
    lea = await open_history(browser, note, "lea")

    await editor.get_by_text("Préfère le matin.").click()
    await tom.keyboard.press("End")
    await lea.locator("[data-version='1']").click()
    await shown(lea, 1)
    for number, key in enumerate(KEYS):
        await tom.keyboard.type(key)
        if number == len(KEYS) // 3:
            await lea.get_by_role("button", name="Restaurer cette version").click(no_wait_after=True)
    await until_save_state(tom, "saved")
    await expect(lea.locator(".toast")).to_contain_text("Version restaurée")

    async def settled() -> bool:
        return await note.text() == await note_text(tom) and "Décide seule." in await note.text()

    await until(settled)
    # What he typed before the restore went to the version before it; what he typed after stays.
    first, second = (await note.text()).split("\n")
    kept = first.removeprefix("Préfère le matin.")
    assert second == "Décide seule."
    assert KEYS.endswith(kept)
    assert kept
    async with carnet_server.rest() as rest:
        versions = (await rest.get(f"/notes/{note.id}/versions")).json()["results"]
        seqs = range(1, versions[0]["id"] + 1)
        past = [(await rest.get(f"/notes/{note.id}/versions/{seq}")).json()["text"] for seq in seqs]
    assert any(KEYS[: len(KEYS) - len(kept)] in text for text in past)


async def test_words_written_offline_into_a_passage_that_a_restore_takes_away_are_offered(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note()
    await write(note, "lea", "Préfère le matin.")
    await write(note, "tom", "Préfère le matin.\n\nDécide avec Paul")
    tom = await (await sign_in(browser, carnet_server, "tom", viewport=PHONE)).new_page()
    editor = await open_editor(tom, note.page)
    await until_save_state(tom, "saved")
    await tom.context.set_offline(True)
    await until_save_state(tom, "offline")
    await editor.get_by_text("Décide avec Paul").click()
    await tom.keyboard.press("End")
    await tom.keyboard.type(" et Anne, dit-elle au téléphone.")
    async with carnet_server.rest("lea") as rest:
        assert (await rest.post(f"/notes/{note.id}/restore", json={"seq": 1})).status_code == 200

    await tom.context.set_offline(False)

    offer = tom.get_by_role("alert").filter(has_text="Un passage où vous écriviez a été supprimé")
    await expect(offer).to_contain_text("Décide avec Paul et Anne, dit-elle au téléphone.")
    assert await axe(tom) == []
    await offer.get_by_role("button", name="Insérer à la fin").click()
    await expect(offer).to_have_count(0)
    await until_save_state(tom, "saved")
    assert await note.text() == "Préfère le matin.\nDécide avec Paul et Anne, dit-elle au téléphone."


async def test_a_session_appears_as_it_is_written_and_undoing_a_restore_gives_it_back(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note()
    await write(note, "lea", "Préfère le matin.")
    lea = await open_history(browser, note, "lea")
    await expect(lea.locator("[data-version]")).to_have_count(1)

    await write(note, "tom", "Préfère le soir.")
    await expect(lea.locator("[data-version]")).to_have_count(2)
    await expect(lea.locator("[data-version]").first).to_contain_text("Tom Petit")
    await shown(lea, 2)
    await expect(lea.locator("del")).to_contain_text("matin")
    await expect(lea.locator("ins")).to_contain_text("soir")

    await lea.locator("[data-version='1']").click()
    await lea.get_by_role("button", name="Restaurer cette version").click()
    await lea.locator(".toast").filter(has_text="Version restaurée").get_by_role("button", name="Annuler").click()
    await expect(lea.locator(".toast").filter(has_text="Restauration annulée")).to_be_visible()
    assert await note.text() == "Préfère le soir."


async def test_by_keyboard_from_version_to_version_and_back(browser: Browser, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    await write(note, "lea", "Un.")
    await write(note, "tom", "Un. Deux.")
    page = await (await sign_in(browser, carnet_server, "mia", viewport=DESK)).new_page()
    await page.goto(note.page)
    await page.get_by_role("button", name="Actions sur les notes").click()
    await page.get_by_role("menuitem", name="Historique").click()
    await shown(page, 2)

    await page.keyboard.press("ArrowDown")
    await shown(page, 1)
    await expect(page.locator("[data-version='1']")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await shown(page, 2)
    await expect(page.get_by_role("button", name="Restaurer")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.wait_for_url(note.page)


async def test_on_a_phone_the_list_comes_first_and_words_say_who_wrote_them(
    browser: Browser, carnet_server: Server
) -> None:
    note = await carnet_server.new_note()
    await write(note, "lea", "Préfère le matin.")
    await write(note, "tom", "Préfère le matin. Tôt.")
    page = await open_history(browser, note, "lea", viewport=PHONE, has_touch=True, is_mobile=True)
    await expect(page.locator("[data-shown]")).to_have_count(0)

    await page.locator("[data-version='2']").click()
    await shown(page, 2)
    await page.get_by_role("button", name="Qui a écrit quoi").click()
    await page.locator(".written", has_text="Tôt.").last.tap(position={"x": 8, "y": 10})

    await expect(page.get_by_text("Tom Petit, ", exact=False).first).to_be_visible()
    assert await axe(page) == []
    await page.get_by_role("link", name="Toutes les versions").click()
    await expect(page.locator("[data-version]")).to_have_count(2)
