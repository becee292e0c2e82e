"""Parsing, and what is said about what cannot be parsed."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request

from api.errors import InvalidParameter, PreconditionFailed
from api.http import BODY_BYTES_MAX, read_cursor, require_version, write_cursor
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refused(world: World, method: str, path: str, **options: object) -> dict[str, object]:
    async with world.client("editor") as rest:
        answer = await rest.request(method, path, **options)  # type: ignore[arg-type]
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:carnet:problem:{problem['code']}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


async def test_a_problem_is_told_in_the_language_of_the_request(world: World) -> None:
    async with world.client("editor", Accept_Language="fr-FR,fr;q=0.9") as rest:
        french = await rest.get("/contacts/con_none")
        english = await rest.get("/contacts/con_none", headers={"Accept-Language": "en"})
    assert french.json()["title"] == "Introuvable"
    assert french.headers["content-language"] == "fr"
    assert english.json()["title"] == "Not found"
    assert english.headers["content-language"] == "en"
    assert english.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("path", ["/contacts?limt=5", "/me?limt=5", "/contacts/con_none?limt=1", "/changes?limt=1"])
async def test_an_unknown_parameter_is_named_wherever_it_stands(world: World, path: str) -> None:
    problem = await refused(world, "GET", path)
    assert problem["code"] == "unknown_parameter"
    assert "limt" in str(problem["detail"])


@pytest.mark.parametrize(
    ("query", "name"),
    [("limit=0", "limit"), ("limit=201", "limit"), ("limit=ten", "limit"), ("limit=1&limit=2", "limit"),
     ("after=!", "after"), ("after=W10", "after"), ("after=WzEsMl0", "after"), ("count=perhaps", "count")],
)  # fmt: skip
async def test_a_parameter_that_cannot_be_used_is_named(world: World, query: str, name: str) -> None:
    problem = await refused(world, "GET", f"/contacts?{query}")
    assert problem["code"] == "invalid_parameter"
    assert name in str(problem["detail"])


@pytest.mark.parametrize(
    "body",
    [{"properties": {"firstname": "A", "nickname": "B"}}, {"properties": {}, "nickname": 1}],
)
async def test_an_unknown_property_is_named(world: World, body: object) -> None:
    problem = await refused(world, "POST", "/contacts", json=body)
    assert (problem["status"], problem["code"]) == (400, "unknown_property")
    assert "nickname" in str(problem["detail"])
    assert [error["code"] for error in problem["errors"]] == ["unknown_property"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"properties":', b'"\\ud800"'])
async def test_a_body_that_is_not_json_is_malformed(world: World, body: bytes) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert (await refused(world, "POST", "/contacts", content=body, headers=headers))["code"] == "malformed"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "properties", "missing"),
        ({"properties": 1}, "properties", "wrong_type"),
        ({"properties": {"firstname": 1}}, "properties.firstname", "wrong_type"),
        ({"properties": {"firstname": "x" * 201}}, "properties.firstname", "too_long"),
        ({"properties": {"firstname": "a\nb"}}, "properties.firstname", "control_characters"),
        ({"properties": {"firstname": "a\0b"}}, "properties.firstname", "control_characters"),
    ],
)
async def test_a_value_that_cannot_be_taken_is_named(world: World, body: object, field: str, code: str) -> None:
    problem = await refused(world, "POST", "/contacts", json=body)
    assert (problem["status"], problem["code"]) == (422, "validation")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [(field, code)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_read(world: World, media_type: str) -> None:
    problem = await refused(world, "POST", "/contacts", content=b"{}", headers={"Content-Type": media_type})
    assert problem["status"] == 415


async def test_a_body_that_says_it_is_too_long_is_not_read(world: World) -> None:
    problem = await refused(world, "POST", "/contacts", json={"properties": {"firstname": "x" * BODY_BYTES_MAX}})
    assert problem["status"] == 413


async def test_a_body_that_grows_too_long_is_read_no_further(world: World) -> None:
    given = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 4096
            yield b" " * 4096
            await asyncio.sleep(0)

    headers = {"Content-Type": "application/json"}
    problem = await refused(world, "POST", "/contacts", content=body(), headers=headers)
    assert problem["status"] == 413
    assert given <= BODY_BYTES_MAX + 2 * 4096


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", "/contacts", 405), ("GET", "/session", 405), ("GET", "/nothing", 404), ("POST", "/nothing", 404)],
)
async def test_addresses_and_methods_that_do_not_exist(world: World, method: str, path: str, status: int) -> None:
    assert (await refused(world, method, path))["status"] == status


@pytest.mark.parametrize("header", [None, "*", '"7"', "7", 'W/"7"', '"6", "7"'])
async def test_if_match_with_the_current_version_passes(header: str | None) -> None:
    require_version(request_with(header), 7)


@pytest.mark.parametrize("header", ['"6"', "", "x", '"77"'])
async def test_if_match_with_another_version_is_refused(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        require_version(request_with(header), 7)


def request_with(if_match: str | None) -> Request:
    headers = httpx.Headers({"if-match": if_match} if if_match is not None else {}).raw
    return Request({"type": "http", "headers": [(name.lower(), value) for name, value in headers]})


async def test_a_cursor_comes_back_as_it_was_and_no_other_word_does() -> None:
    assert read_cursor(write_cursor("é b", "con_1"), 2) == ["é b", "con_1"]
    for word in ("", "é", "AA", write_cursor("one"), write_cursor("1", "2", "3")):
        with pytest.raises(InvalidParameter):
            read_cursor(word, 2)
