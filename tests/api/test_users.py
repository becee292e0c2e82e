"""Accounts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.access import Member
from api.credentials import find_credential, hash_secret, issue
from api.users import EmailTaken, LastAdmin, add_user, canonical_email, change_role, find_user, remove_user
from sync.database import Database
from tests.support.in_process import in_process

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("email", ["Lea@Carnet.TEST", " lea@carnet.test "])
def test_an_address_has_one_form(email: str) -> None:
    assert canonical_email(email) == "lea@carnet.test"


@pytest.mark.parametrize("email", ["", "lea", "lea@", "@carnet.test", "lea@carnet", "l ea@carnet.test", "a@b@c.test"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match="expected an e-mail address"):
        canonical_email(email)


async def test_there_is_one_account_for_an_address(database: Database) -> None:
    made = await database.write(lambda tx: add_user(tx, "lea@carnet.test", "Léa", "admin", None, NOW))
    with pytest.raises(EmailTaken):
        await database.write(lambda tx: add_user(tx, "lea@carnet.test", "Other", "viewer", None, NOW))
    found = await find(database, "lea@carnet.test")
    assert found is not None
    assert (found.id, found.name, found.role) == (made, "Léa", "admin")
    assert found.user == {"id": made, "name": "Léa", "color": found.color}


async def test_who_is_removed_comes_in_no_more_and_added_again_is_who_they_were(database: Database) -> None:
    await database.write(lambda tx: add_user(tx, "ada@carnet.test", "Ada", "admin", None, NOW))
    made = await database.write(lambda tx: add_user(tx, "lea@carnet.test", "Léa", "admin", None, NOW))
    token = await database.write(lambda tx: issue(tx, made, "token", NOW))
    lea = await find(database, "lea@carnet.test")
    assert lea
    await database.write(lambda tx: remove_user(tx, lea, NOW))
    assert await find(database, "lea@carnet.test") is None
    assert await database.read(lambda tx: find_credential(tx, hash_secret(token), NOW)) is None

    again = await database.write(lambda tx: add_user(tx, "lea@carnet.test", "Léa Roy", "viewer", None, NOW))
    assert again == made
    assert await database.read(lambda tx: find_credential(tx, hash_secret(token), NOW)) is None
    now = await find(database, "lea@carnet.test")
    assert now
    assert (now.name, now.role) == ("Léa Roy", "viewer")


async def test_somebody_is_always_there_to_look_after_the_team(database: Database) -> None:
    await database.write(lambda tx: add_user(tx, "lea@carnet.test", "Léa", "admin", None, NOW))
    lea = await find(database, "lea@carnet.test")
    assert lea
    with pytest.raises(LastAdmin, match="only admin"):
        await database.write(lambda tx: remove_user(tx, lea, NOW))
    with pytest.raises(LastAdmin, match="only admin"):
        await database.write(lambda tx: change_role(tx, lea, "editor"))
    await database.write(lambda tx: change_role(tx, lea, "admin"))


async def find(database: Database, email: str) -> Member | None:
    return await database.read(lambda tx: find_user(tx, email))


@pytest.mark.parametrize(
    ("name", "initials"), [("Léa Martin", "LM"), ("Marie-Anne du Pont", "MP"), ("élodie", "É"), ("  Tom  Petit ", "TP")]
)
def test_initials_are_of_the_first_and_the_last_word(name: str, initials: str) -> None:
    assert Member(id="usr_1", name=name, email="", role="viewer", color="").initials == initials


async def test_everybody_is_named_to_everybody_without_their_address(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        people = (await server.rest["mia"].get("/users")).json()["results"]
        me = await server.get("/me")
    assert [person["name"] for person in people] == ["Lea", "Mia", "Tom"]
    assert people[0] == {**{key: me[key] for key in ("id", "object", "name", "color", "initials")}, "active": True}
