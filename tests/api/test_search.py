"""Search over REST: what is found, in which order, by whom, and what never is."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.content import from_text
from api.words import fold
from tests.api.test_contact_notes import member
from tests.support.in_process import InProcess
from tests.support.waiting import allowed, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]

FINDABLE_SECONDS_MAX = 2


async def search(server: InProcess, q: str, **query: Any) -> list[dict[str, Any]]:
    return (await server.get("/search", q=q, **query))["results"]


async def found(server: InProcess, q: str, **query: Any) -> list[str]:
    return [hit["id"] for hit in await search(server, q, **query)]


async def test_a_word_of_a_note_finds_the_contact_with_the_marked_excerpt_and_the_note(server: InProcess) -> None:
    contact = await server.new_contact("Inès", "Garnier")
    note = await server.new_note(contact["id"], "Elle préfère <b> l’été indien", format="plain", title="Vacances")

    results = await search(server, "INDIEN ete")

    excerpt = "Elle préfère &lt;b&gt; l’<mark>été</mark> <mark>indien</mark>"
    by_note = {"title": "Inès Garnier", "excerpt_html": f"Vacances {excerpt}", "matched_in": "note"}
    by_text = {"title": "Vacances", "excerpt_html": excerpt, "matched_in": "text"}
    assert results == [
        {"type": "contact", "id": contact["id"], "contact_id": contact["id"], **by_note},
        {"type": "note", "id": note["id"], "contact_id": contact["id"], **by_text},
    ]


async def test_a_name_comes_before_a_note_and_each_type_can_be_asked_for_alone(server: InProcess) -> None:
    by_note, by_name = await server.new_contact("Aaron", "First"), await server.new_contact("Zélie", "Xanthos")
    note = await server.new_note(by_note["id"], "met Xanthos yesterday")

    results = await search(server, "xant")

    assert [(hit["id"], hit["matched_in"]) for hit in results] == [
        (by_name["id"], "name"), (by_note["id"], "note"), (note["id"], "text"),
    ]  # fmt: skip
    assert results[0]["excerpt_html"] == "Zélie <mark>Xant</mark>hos"
    assert await found(server, "xant", types="note") == [note["id"]]
    assert await found(server, "xant", types="contact") == [by_name["id"], by_note["id"]]
    assert await found(server, "xant", types="contact", limit=1) == [by_name["id"]]


async def test_all_words_must_stand_somewhere_in_the_contact(server: InProcess) -> None:
    contact = await server.new_contact("Ottilie", "Quartz")
    await server.new_note(contact["id"], "renewal of the turbine")
    await server.new_note(contact["id"], "likes marzipan")

    assert await found(server, "ottilie turbine marz", types="contact") == [contact["id"]]
    assert await found(server, "turbine marz", types="note") == []
    assert await found(server, "ottilie turbine granite") == []
    (hit,) = await search(server, "quartz marz", types="contact")
    assert (hit["matched_in"], hit["excerpt_html"]) == ("note", "likes <mark>marz</mark>ipan")


async def test_a_title_is_found_before_a_text(server: InProcess) -> None:
    contact = await server.new_contact()
    titled = await server.new_note(contact["id"], "words", title="Zwieback", occurred_at="1990-01-01T00:00:00Z")
    written = await server.new_note(contact["id"], "zwieback")

    assert await found(server, "zwieback", types="note") == [titled["id"], written["id"]]
    await server.lea.patch(f"/notes/{titled['id']}", json={"title": "Knäckebrot"})
    assert await found(server, "zwieback", types="note") == [written["id"]]
    assert await found(server, "knack", types="note") == [titled["id"]]


async def test_a_renamed_contact_is_found_by_its_new_name_only(server: InProcess) -> None:
    contact = await server.new_contact("Hippolyte", "Vieux")

    await server.lea.patch(f"/contacts/{contact['id']}", json={"properties": {"firstname": "Philibert"}})

    assert await found(server, "hippolyte") == []
    assert await found(server, "vieux phili") == [contact["id"]]


async def test_signs_of_scripts_without_spaces_are_found_anywhere(server: InProcess) -> None:
    contact = await server.new_contact("王", "小明")
    note = await server.new_note(contact["id"], "我们明天在北京开会，价格保密。")

    assert await found(server, "北京开", types="note") == [note["id"]]
    assert await found(server, "京北", types="note") == []
    assert await found(server, "密", types="note") == [note["id"]]
    assert await found(server, "小明") == [contact["id"]]
    assert (await search(server, "保密", types="note"))[0]["excerpt_html"].endswith("价格<mark>保密</mark>。")


async def test_a_deleted_note_is_not_found_until_it_is_restored(server: InProcess) -> None:
    contact = await server.new_contact()
    note = await server.new_note(contact["id"], "floccinaucinihilipilification")

    await server.lea.delete(f"/notes/{note['id']}")
    assert await found(server, "floccinauci") == []

    await server.lea.post(f"/activities/{note['id']}/restore")
    assert await found(server, "floccinauci") == [contact["id"], note["id"]]


async def test_words_on_their_way_into_a_deleted_note_are_found_with_it(server: InProcess) -> None:
    note = await server.new_note((await server.new_contact())["id"], "before")
    await server.lea.delete(f"/notes/{note['id']}")

    await server.carnet.rooms.replace_content(f"note/{note['id']}", await member(server), from_text("latecomer"))
    await server.carnet.rooms.settle(f"note/{note['id']}")
    assert await found(server, "latecomer") == []

    restored = await server.lea.post(f"/activities/{note['id']}/restore")
    assert restored.json()["text"] == "latecomer"
    assert await found(server, "latecomer", types="note") == [note["id"]]


@pytest.mark.timed
async def test_a_word_typed_live_is_found_within_two_seconds(server: InProcess) -> None:
    contact = await server.new_contact()
    name = f"note/{contact['main_note_id']}"

    await server.carnet.rooms.replace_content(name, await member(server), from_text("just typed: zeitgeist"))

    async def there() -> bool:
        return contact["id"] in await found(server, "zeitg")

    await until(there, seconds=allowed(FINDABLE_SECONDS_MAX))


async def test_the_longest_word_of_every_note_finds_it(server: InProcess) -> None:
    contact = await server.new_contact()
    texts = [note_text(number) for number in range(60)]
    made = await asyncio.gather(*(server.new_note(contact["id"], text, format="plain") for text in texts))

    for note, text in zip(made, texts, strict=True):
        longest = max(text.split(), key=len)
        assert note["id"] in await found(server, longest, types="note", limit=50), longest
        assert note["id"] in await found(server, longest.upper(), types="note", limit=50), longest


def note_text(number: int) -> str:
    """A sentence with a word that no other note has."""
    alphabets = ("abcdefghij", "àéèïôûçñœß", "абвгдежзий", "αβγδεζηθικ", "一二三四五六七八九十")
    letters = alphabets[number % len(alphabets)]
    return f"Note nº{number} — d’un mot : {''.join(letters[int(digit)] for digit in f'{number * 7919:08}')}, fin."


async def test_the_box_of_the_list_finds_what_search_finds(server: InProcess) -> None:
    one, other = await server.new_contact("Brunehilde", "Zz"), await server.new_contact("Brunehaut", "Aa")
    await server.new_note(one["id"], "xylophone")

    whole = await server.get("/contacts", q="bruneh", count=True)
    assert [contact["id"] for contact in whole["results"]] == [other["id"], one["id"]]
    assert whole["total"] == 2
    first = await server.get("/contacts", q="bruneh", limit=1)
    second = await server.get(first["paging"]["next"]["link"].removeprefix("/api/v1"))
    assert [contact["id"] for contact in second["results"]] == [one["id"]]
    by_note = await server.get("/contacts", q="bruneh xylo")
    assert [contact["id"] for contact in by_note["results"]] == [one["id"]]


async def test_nothing_is_found_by_signs_that_are_no_words(server: InProcess) -> None:
    await server.new_contact("Some", "Body")

    for signs in ("*", '"', "' OR 1=1", "(((", "-", "title:", "  "):
        if not fold(signs):
            assert await found(server, signs) == []
    assert (await server.get("/contacts", q="*"))["results"] == []


@pytest.mark.parametrize(
    "query", [{}, {"q": "a" * 501}, {"q": "a", "types": "company"}, {"q": "a", "limit": "0"}, {"q": "a", "offset": "1"}]
)
async def test_a_search_that_cannot_be_read_is_refused(server: InProcess, query: dict[str, str]) -> None:
    answer = await server.lea.get("/search", params=query)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_strangers_find_nothing(server: InProcess) -> None:
    answer = await server.lea.get("/search", params={"q": "a"}, headers={"Authorization": "Bearer no"})

    assert answer.status_code == 401


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(
    q=st.text(max_size=120) | st.from_regex(r'[ab"*():^+\-{}]{1,20}( (AND|OR|NOT|NEAR/2) [ab"*]{1,4})*', fullmatch=True)
)
@example(q='"')
@example(q="NEAR(a b)")
@example(q="title : x")
@example(q="a*\x00")
async def test_whatever_is_typed_is_answered(server: InProcess, q: str) -> None:
    for path in ("/search", "/contacts"):
        answer = await server.lea.get(path, params={"q": q.encode("utf-8", "replace").decode()})
        assert answer.status_code == 200, json.dumps(q)
