"""The import page: a file in, its progress, its report; what may not come in, and who may not."""

from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from tests.support.pages import axe, sign_in
from tests.support.server import Server

DONE = "[data-import-state=done]"


def card(name: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", *lines, "END:VCARD", ""])


def book(name: str, *cards: str) -> FilePayload:
    return {"name": name, "mimeType": "text/vcard", "buffer": "".join(cards).encode()}


async def open_import(browser: Browser, server: Server, name: str = "lea") -> Page:
    page = await (await sign_in(browser, server, name)).new_page()
    await page.goto(f"{server.url}/import")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def count(report: Locator, of: str) -> Locator:
    """How many, in a report, were `of` this kind."""
    return report.locator("dl > div").filter(has_text=of).locator("dd")


async def give(page: Page, *files: FilePayload) -> None:
    await page.locator("input[type=file]").set_input_files(list(files))


async def test_a_book_comes_in_with_a_report_and_twice_without_doubling(
    browser: Browser, carnet_server: Server
) -> None:
    page = await open_import(browser, carnet_server)
    ada = card("Ada Import", "N:Import;Ada;;;", "EMAIL:ada.import@example.com", "NOTE:Au salon.", "ROLE:x", "TZ:+01")
    bad = card("Bob Import", "N:Import;Bob;;;", "EMAIL:pas une adresse")

    await give(page, book("amis.vcf", ada, bad))

    report = page.locator(DONE).first
    await expect(count(report, "créés")).to_have_text("2")
    await expect(report.get_by_role("row", name="Bob Import")).to_contain_text("Ce n’est pas une adresse e-mail.")
    await expect(report.get_by_role("row", name="Bob Import")).to_contain_text("pas une adresse")
    assert await axe(page) == []
    await give(page, book("amis.vcf", ada))
    await expect(page.locator(DONE)).to_have_count(2)
    await expect(count(page.locator(DONE).first, "déjà là")).to_have_text("1")
    async with carnet_server.rest() as rest:
        found = (await rest.get("/search", params={"q": "ada import salon", "types": "contact"})).json()["results"]
    assert [each["title"] for each in found] == ["Ada Import"]


async def test_a_file_that_is_no_address_book_is_told_before_it_is_sent(
    browser: Browser, carnet_server: Server
) -> None:
    page = await open_import(browser, carnet_server)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)

    await give(page, book("photo.png", "x"), book("vide.vcf"))

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("« photo.png » n’est pas un carnet d’adresses.")
    await expect(alert).to_contain_text("« vide.vcf » est vide.")
    assert sent == []


async def test_a_file_nobody_can_read_says_so_and_why(browser: Browser, carnet_server: Server) -> None:
    page = await open_import(browser, carnet_server)

    await give(page, book("lettre.csv", "Chère Camille,\nà bientôt\n"))

    failed = page.locator("[data-import-state=failed]").first
    await expect(failed).to_contain_text("Ni vCards, ni fichier CSV")
    await expect(failed).to_contain_text("Rien n’a été importé.")


async def test_an_import_is_stopped_and_run_again_to_its_end(browser: Browser, carnet_server: Server) -> None:
    page = await open_import(browser, carnet_server)
    many = [card(f"Personne {n}", f"UID:stop-{n}", f"N:Numéro{n};Personne;;;") for n in range(1500)]

    await give(page, book("beaucoup.vcf", *many))
    await page.get_by_role("button", name="Arrêter l’import").click()
    await expect(page.locator("[data-import-state=cancelled]").first).to_be_visible()
    await page.get_by_role("button", name="Relancer").click()

    await expect(page.locator(f"{DONE} >> text=beaucoup.vcf")).to_be_visible(timeout=60_000)
    async with carnet_server.rest() as rest:
        (last, *_) = (await rest.get("/imports")).json()["results"]
    assert last["created"] + last["unchanged"] == 1500
    assert last["refused"] == 0


async def test_a_viewer_is_told_that_they_may_not_import(browser: Browser, carnet_server: Server) -> None:
    page = await open_import(browser, carnet_server, "mia")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre accès est en lecture seule")
    await expect(page.locator("input[type=file]")).to_have_count(0)
    await expect(page.get_by_role("link", name="Importer")).to_have_count(0)


async def test_the_list_leads_to_the_import(browser: Browser, carnet_server: Server) -> None:
    page = await (await sign_in(browser, carnet_server, "lea")).new_page()
    await page.goto(f"{carnet_server.url}/contacts")

    await page.get_by_role("button", name="Actions sur les contacts").click()
    await page.get_by_role("menuitem", name="Importer des contacts").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Importer des contacts")
