"""The demo team and its contacts."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from api import demo
from api.births import bear
from api.demo_contacts import PEOPLE, properties_of
from api.drafts import Draft
from api.properties import BUILT_IN
from api.tables import changes, contacts, notes
from tests.support.in_process import in_process


def test_some_two_hundred_people_have_good_properties_and_names_of_their_own() -> None:
    drafts = [Draft(properties_of(number, person, ("usr_lea", "usr_tom"))) for number, person in enumerate(PEOPLE)]
    assert 190 <= len({draft.name for draft in drafts}) == len(drafts) <= 210
    births = bear(BUILT_IN, drafts)
    assert [birth.faults for birth in births if birth.faults] == []
    addresses = [key for birth in births for key in birth.values if key.startswith("emails:")]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.timeout(180)
async def test_filling_twice_changes_nothing(tmp_path: Path) -> None:
    counts = [select(func.count()).select_from(table) for table in (contacts, notes, changes)]
    seen = []
    async with in_process(tmp_path) as server:
        for _ in range(2):
            await demo.fill(server.carnet)
            rows = [await server.carnet.database.read(lambda tx, one=one: tx.execute(one)) for one in counts]
            seen.append([row.scalar_one() for row in rows])
        people = (await server.get("/contacts", count=True))["total"]
        found = (await server.get("/search", q="nordval"))["results"]
    assert seen[0] == seen[1]
    assert people == len(PEOPLE)
    assert {"Camille Roy", "Yanis Belkacem"} <= {one["title"] for one in found}
