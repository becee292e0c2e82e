"""Signing in and out."""

import re

import pytest

from api.auth import COOKIE
from tests.support.world import PASSWORD, World, open_world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]

OURS = {"Origin": "http://localhost", "X-Carnet": "1"}


def credentials(email: str = "editor@carnet.test", password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


async def test_signing_in_tells_who_one_is_and_sets_a_cookie_for_this_site_alone(world: World) -> None:
    async with world.client() as rest:
        answer = await rest.post("/session", json=credentials(" Editor@Carnet.TEST "))
    assert answer.json()["role"] == "editor"
    cookie = answer.headers["set-cookie"]
    assert re.match(rf"{COOKIE}=[\w-]{{43}}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax$", cookie)


async def test_over_https_the_cookie_is_for_https_alone(tmp_path) -> None:  # type: ignore[no-untyped-def]
    async for world in open_world(tmp_path, public_url="https://carnet.example"):
        async with world.client() as rest:
            answer = await rest.post("/session", json=credentials())
        assert "; Secure" in answer.headers["set-cookie"]


async def test_signing_out_ends_the_session_not_only_the_cookie(world: World) -> None:
    async with world.client(**OURS) as rest:
        secret = (await rest.post("/session", json=credentials())).cookies[COOKIE]
        assert (await rest.delete("/session")).status_code == 204
        assert COOKIE not in rest.cookies
        rest.cookies.set(COOKIE, secret)
        assert (await rest.get("/me")).status_code == 401


async def test_signing_out_here_leaves_other_devices_signed_in(world: World) -> None:
    other = await world.cookie("editor")
    async with world.client(**OURS) as rest:
        await rest.post("/session", json=credentials())
        await rest.delete("/session")
        rest.cookies.set(COOKIE, other)
        assert (await rest.get("/me")).status_code == 200


async def test_a_wrong_password_and_a_wrong_address_are_told_the_same(world: World) -> None:
    async with world.client(X_Request_Id="the-same-one") as rest:
        answers = [
            await rest.post("/session", json=wrong)
            for wrong in (credentials(password="wrong"), credentials("nobody@carnet.test"), credentials("", ""))
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert answers[0].text == answers[1].text == answers[2].text
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.asyncio(loop_scope="function")
async def test_guessing_at_one_account_is_told_to_wait(own_world: World) -> None:
    async with own_world.client(**OURS) as rest:
        for _ in range(10):
            assert (await rest.post("/session", json=credentials(password="wrong"))).status_code == 401
        refused = await rest.post("/session", json=credentials())
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 300
        assert (await rest.post("/session", json=credentials("admin@carnet.test"))).status_code == 200
        with own_world.later(seconds=301):
            assert (await rest.post("/session", json=credentials())).status_code == 200


@pytest.mark.asyncio(loop_scope="function")
async def test_guessing_from_one_address_is_told_to_wait_whatever_the_account(own_world: World) -> None:
    for _ in range(49):
        own_world.carnet.address_throttle.take("127.0.0.1", own_world.carnet.clock())
    async with own_world.client(Accept_Language="fr", **OURS) as rest:
        for _ in range(3):  # honest ones do not count
            assert (await rest.post("/session", json=credentials())).status_code == 200
        assert (await rest.post("/session", json=credentials("a@carnet.test"))).status_code == 401
        refused = await rest.post("/session", json=credentials("b@carnet.test"))
    assert refused.status_code == 429
    assert refused.json()["title"] == "Trop de tentatives"
