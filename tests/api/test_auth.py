"""Who a request is from."""

import time

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from api.auth import COOKIE, NOBODYS_HASH, hash_password, verify_password
from api.credentials import COLORS, TOKEN_DAYS
from api.tables import credentials, tickets, users
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_token_says_who_one_is(world: World) -> None:
    async with world.client("viewer") as rest:
        me = (await rest.get("/me")).json()
    assert me == {
        "id": world.user_ids["viewer"],
        "object": "user",
        "name": "Viewer Rose",
        "email": "viewer@carnet.test",
        "role": "viewer",
        "color": me["color"],
        "initials": "VR",
    }
    assert me["color"] in COLORS


async def test_a_session_cookie_says_who_one_is(world: World) -> None:
    async with world.client() as rest:
        rest.cookies.set(COOKIE, await world.cookie("admin"))
        assert (await rest.get("/me")).json()["role"] == "admin"


@pytest.mark.parametrize(
    "authorization",
    ["Bearer forged", "Bearer ", "Bearer", "Basic YTpi", "", "bearer carnet_" + "A" * 43, "Token x", "Bearer \xe9"],
)
async def test_a_forged_authorization_is_nobodys(world: World, authorization: str) -> None:
    async with world.client() as rest:
        rest.headers["Authorization"] = authorization.encode("latin-1").decode("latin-1")
        answer = await rest.get("/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_cookie_does_not_rescue_a_forged_token(world: World) -> None:
    async with world.client(Authorization="Bearer forged") as rest:
        rest.cookies.set(COOKIE, await world.cookie("admin"))
        assert (await rest.get("/me")).status_code == 401


@pytest.mark.parametrize("cookie", ["forged", "%00", "x" * 4000])
async def test_a_forged_cookie_is_nobodys(world: World, cookie: str) -> None:
    async with world.client() as rest:
        rest.cookies.set(COOKIE, cookie)
        assert (await rest.get("/me")).status_code == 401


async def test_a_session_is_no_token_and_a_token_no_session(world: World) -> None:
    session = await world.cookie("admin")
    async with world.client(Authorization=f"Bearer {session}") as rest:
        assert (await rest.get("/me")).status_code == 401
    async with world.client() as rest:
        rest.cookies.set(COOKIE, world.tokens["admin"])
        assert (await rest.get("/me")).status_code == 401


async def test_tokens_and_sessions_end_with_their_time(world: World) -> None:
    session = await world.cookie("admin")
    with world.later(days=31):
        async with world.client() as rest:
            rest.cookies.set(COOKIE, session)
            assert (await rest.get("/me")).status_code == 401
    with world.later(days=TOKEN_DAYS, seconds=1):
        async with world.client("admin") as rest:
            assert (await rest.get("/me")).status_code == 401


async def test_the_database_holds_no_secret(world: World) -> None:
    secrets = [*world.tokens.values(), await world.cookie("admin"), PASSWORD]

    async def everything(tx):  # type: ignore[no-untyped-def]
        tables = (users, credentials, tickets)
        return "".join([str((await tx.execute(select(table))).all()) for table in tables])

    stored = await world.carnet.database.read(everything)
    assert [secret for secret in secrets if secret in stored] == []


async def test_a_password_is_verified_and_only_the_right_one() -> None:
    hashed = await hash_password("one")
    assert hashed.startswith("$argon2id$")
    assert await verify_password(hashed, "one")
    assert not await verify_password(hashed, "two")
    assert not await verify_password("not a hash", "one")
    assert not await verify_password(None, "one")


async def test_an_unknown_account_costs_what_a_wrong_password_costs() -> None:
    assert not PasswordHasher().check_needs_rehash(NOBODYS_HASH)
    hashed = await hash_password("one")

    async def cost(password_hash: str | None) -> float:
        began = time.process_time()
        await verify_password(password_hash, "wrong")
        return time.process_time() - began

    known = min([await cost(hashed) for _ in range(3)])
    unknown = min([await cost(None) for _ in range(3)])
    assert unknown > known / 2
