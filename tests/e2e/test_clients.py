"""The published @hocuspocus/provider and y-websocket, unmodified, against a running server."""

import asyncio
from collections.abc import Callable

from tests.support.counting import counting
from tests.support.node import People
from tests.support.server import Server


async def test_both_dialects_write_in_one_document(people: People, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    lea = await people.open("lea", **note.hocuspocus("lea"))
    tom = await people.open("tom", **await note.y_websocket("tom"))
    await lea.until(saved=True, scope="read-write")
    await tom.until(synced=True)

    await lea.write("Camille préfère le matin 🙂")
    await tom.until(text="Camille préfère le matin 🙂")
    await tom.write("你好")

    await lea.until(text="Camille préfère le matin 🙂\n你好", saved=True)
    assert await note.text() == "Camille préfère le matin 🙂\n你好"


async def test_one_socket_carries_many_documents(people: People, carnet_server: Server) -> None:
    notes = [await carnet_server.new_note(f"Number {n}") for n in range(5)]
    writers = [await people.open(f"lea{n}", socket="shared", **note.hocuspocus("lea")) for n, note in enumerate(notes)]

    for n, writer in enumerate(writers):
        await writer.until(saved=True)
        await writer.write(f"only in {n}")

    for n, (writer, note) in enumerate(zip(writers, notes, strict=True)):
        await writer.until(saved=True, text=f"only in {n}")
        assert await note.text() == f"only in {n}"


async def test_sessions_of_one_document_share_a_socket(people: People, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    left, right = [
        await people.open(name, socket="shared", sessionAwareness=True, **note.hocuspocus("lea"))
        for name in ("left", "right")
    ]
    await left.until(saved=True)
    await right.until(saved=True)

    await left.write("from the left")
    await right.until(text="from the left")
    await right.write("from the right")

    await left.until(text="from the left\nfrom the right")
    await right.until(saved=True)


async def test_a_refused_document_leaves_the_others_on_its_socket_alone(people: People, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    good = await people.open("good", socket="shared", **note.hocuspocus("lea"))
    bad = await people.open("bad", socket="shared", **{**note.hocuspocus("lea"), "document": "note/act_absent"})

    await bad.until(refusals=["not-found"])

    await good.until(saved=True)
    await good.write("undisturbed")
    assert (await good.until(saved=True))["closes"] == []


async def test_what_was_written_offline_is_saved_after_the_reconnection(people: People, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    lea = await people.open("lea", **note.hocuspocus("lea"))
    await lea.until(saved=True)
    await lea.write("before ")
    await lea.until(saved=True)

    await lea.do("cut")
    await lea.until(connected=False)
    await lea.write("and offline")
    assert await note.text() == "before "
    await lea.do("mend")

    await lea.until(saved=True)
    assert await note.text() == "before and offline"


async def test_those_present_see_each_other_as_the_server_knows_them(people: People, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    lea = await people.open("lea", **note.hocuspocus("lea"))
    tom = await people.open("tom", **await note.y_websocket("tom"))
    await tom.until(synced=True)

    await lea.do("present", state={"user": {"name": "The President"}, "cursor": None})

    def lea_is_there(present: list[dict[str, object]]) -> bool:
        return any(str(entry.get("user", {}).get("name", "")).startswith("Léa") for entry in present)  # type: ignore[attr-defined]

    state = await tom.until(present=lea_is_there)
    assert "President" not in str(state["present"])
    await lea.do("leave")
    await tom.until(present=lambda present: not lea_is_there(present))


async def test_a_server_that_ends_politely_has_committed_what_it_took(
    people: People, own_server: Callable[[], Server]
) -> None:
    server = own_server()
    note = await server.new_note()
    lea = await people.open("lea", **note.hocuspocus("lea"))
    await lea.until(saved=True)
    await lea.do("startTyping", ms=5)
    await lea.until(acknowledged=lambda count: count > 30)

    await asyncio.to_thread(server.stop)
    server.start()

    await lea.do("stopTyping")
    state = await lea.until(saved=True)
    assert state["acknowledged"] == state["typed"]
    assert await note.text() == counting("lea", state["typed"])
