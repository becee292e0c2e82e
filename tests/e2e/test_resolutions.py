"""Whoever has a document open of a contact that is merged hears whose it is, on every process, and as they open it."""

import json

import pytest

from tests.e2e.test_merging import merge
from tests.support.node import People, Person
from tests.support.server import Note, Server


async def told(person: Person) -> list[tuple[str, str, str | None]]:
    """(from, to, by which merge), in order."""
    messages = [json.loads(message) for message in (await person.state())["messages"]]
    assert {message["type"] for message in messages} <= {"resolved"}
    return [(one["resolved_from"], one["resolved_contact_id"], one["resolved_by"]) for one in messages]


async def hears(person: Person, *expected: tuple[str, str, str | None]) -> None:
    def as_expected(messages: list[str]) -> bool:
        return len(messages) >= len(expected)

    await person.until(messages=as_expected)
    assert await told(person) == list(expected)


@pytest.mark.both_databases
async def test_those_in_a_merged_contacts_documents_hear_whose_they_are(
    pair: tuple[Server, Server], people: People
) -> None:
    first, second = pair
    one, other = await first.new_note(), await first.new_note("C.", "Roy")
    there = Note(second, other.contact_id, other.id)
    properties = f"contact/{other.contact_id}"
    writer = await people.open("writer", **there.hocuspocus("tom"))
    editor = await people.open("editor", **{**other.hocuspocus("lea"), "document": properties})
    plain = await people.open("plain", **await there.y_websocket("tom"))
    bystander = await people.open("bystander", **one.hocuspocus("lea"))
    for person in (writer, editor, plain, bystander):
        await person.until(synced=True)

    merged = (await merge(first, one, other)).json()
    away = (other.contact_id, one.contact_id, merged["id"])
    await hears(writer, away)
    await hears(editor, away)
    late = await people.open("late", **there.hocuspocus("lea"))
    await hears(late, away)

    async with second.rest() as rest:
        assert (await rest.post(f"/merges/{merged['id']}/undo")).status_code == 200
    home = (other.contact_id, other.contact_id, None)
    for person in (writer, editor, late):
        await hears(person, away, home)
    afterwards = await people.open("afterwards", **there.hocuspocus("lea"))
    await afterwards.until(synced=True)
    await plain.write("Rien remarqué")
    await afterwards.until(text="Rien remarqué")
    assert [await told(person) for person in (bystander, plain, afterwards)] == [[], [], []]


async def test_of_a_merge_of_a_merge_the_last_survivor_is_named(pair: tuple[Server, Server], people: People) -> None:
    first, _ = pair
    notes = [await first.new_note(name, "Roy") for name in ("Une", "Deux", "Trois")]
    writer = await people.open("writer", **notes[2].hocuspocus("tom"))
    await writer.until(synced=True)
    ids = [note.contact_id for note in notes]
    inner = (await merge(first, notes[1], notes[2])).json()["id"]
    await hears(writer, (ids[2], ids[1], inner))
    await merge(first, notes[0], notes[1])
    await hears(writer, (ids[2], ids[1], inner), (ids[2], ids[0], inner))
