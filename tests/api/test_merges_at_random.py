"""Random merges, unmerges, notes and late values, against a model that knows only who was merged into whom."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from api.contact_documents import document_of
from sync.kinds import Actor
from tests.api.test_merged_photos import person, shown
from tests.api.test_merges import everything, merge, undo
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]

CONTACTS, STEPS, STEPS_OF_A_SOAK = 6, 40, 600
VALUES = {
    "jobtitle": ["DG", "Associée", None],
    "city": ["Lyon", "Metz", None],
    "tags": [["vip"], ["presse", "vip"], []],
    "emails": [["a@x.fr"], ["b@x.fr", "a@x.fr"], []],
}
PHOTOS = ["red", "lime", "blue", None]


@dataclass
class Model:
    """contact → what it was merged into, by which merge; contact → the words written under its id."""

    into: dict[str, tuple[str, str]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)

    def root(self, contact_id: str) -> str:
        return self.root(self.into[contact_id][0]) if contact_id in self.into else contact_id

    def roots(self) -> list[str]:
        return [one for one in self.words if one not in self.into]

    def family(self, root: str) -> set[str]:
        return {one for one in self.words if self.root(one) == root}


async def agree(server: InProcess, model: Model) -> None:
    """Every id leads to its root, which has the words of its whole family and stands alone in the list."""
    listed = {one["id"] for one in (await server.get("/contacts", limit=200))["results"]}
    assert listed & model.words.keys() == set(model.roots())
    for contact_id in model.words:
        root = model.root(contact_id)
        found = await server.get(f"/contacts/{contact_id}")
        assert (found["id"], {root, *found["merged_ids"]}) == (root, model.family(root))
        words = [word for one in model.family(root) for word in model.words[one]]
        assert Counter(found["notes_text"].split()) == Counter(words)
        notes = (await server.get(f"/contacts/{contact_id}/notes", limit=200))["results"]
        assert Counter(note["text"] for note in notes) == Counter(words)


async def go(server: InProcess, chance: random.Random, steps: int) -> None:
    model, before = Model(), {}
    for _ in range(CONTACTS):
        values = {name: chance.choice(VALUES[name]) for name in VALUES}
        made = await person(server, chance.choice(PHOTOS), **values)
        model.words[made] = []
        before[made] = await everything(server, made), await shown(server, made)
    for step in range(steps):
        word, roots = f"mot{step}", model.roots()
        match chance.choice(["merge", "merge", "undo", "note", "late"]):
            case "merge" if len(roots) > 1:
                one, other = chance.sample(roots, 2)
                choices = {name: chance.choice(["primary", "secondary"]) for name in ("jobtitle", "tags", "photo")}
                made = (await merge(server, one, other, choices=choices if chance.random() < 0.5 else {}))["id"]
                model.into[other] = (one, made)
            case "undo" if model.into:
                of = chance.choice(list(model.into))
                await undo(server, model.into.pop(of)[1])
            case "note":
                of = chance.choice(list(model.words))
                await server.new_note(of, word)
                model.words[of].append(word)
            case "late":
                of = chance.choice(list(model.words))
                lea = Actor((await server.get("/me"))["id"])
                note = (await server.get(f"/contacts/{of}"))["main_note_id"]
                assert note, "a root has a main note whatever was merged into it"
                await server.carnet.rooms.set_values(document_of(of), lea, {"company": word})
        await agree(server, model)
    while model.into:
        of = chance.choice(list(model.into))
        await undo(server, model.into.pop(of)[1])
    await agree(server, model)
    for contact_id, (held, photo) in before.items():
        now = (await server.get(f"/contacts/{contact_id}"))["properties"]
        assert without_company(now) == without_company(held[contact_id]["properties"])
        assert await shown(server, contact_id) == photo


def without_company(properties: dict[str, Any]) -> dict[str, Any]:
    """Late values were written there, and stay."""
    return {name: value for name, value in properties.items() if name != "company"}


async def test_whatever_is_merged_and_unmerged_nothing_is_lost(server: InProcess, chance: random.Random) -> None:
    await go(server, chance, STEPS)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_for_longer(server: InProcess, chance: random.Random) -> None:
    await go(server, chance, STEPS_OF_A_SOAK)
