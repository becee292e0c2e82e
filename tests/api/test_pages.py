"""The built browser client, served."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.world import World, open_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE, SCRIPT = "<!doctype html><title>Carnet</title>", "console.log(1)"
PACKED = gzip.compress(SCRIPT.encode())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def built(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    tmp_path: Path = tmp_path_factory.mktemp("built")
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(PAGE)
    (dist / "sw.js").write_text("// worker")
    (dist / ".built").write_text("hash")
    (dist / "assets" / "app-1a2b.js").write_text(SCRIPT)
    (dist / "assets" / "app-1a2b.js.gz").write_bytes(PACKED)
    (dist / "assets" / "app-1a2b.js.br").write_bytes(b"brotli")
    (tmp_path / "secret.txt").write_text("secret")
    async for world in open_world(tmp_path):
        yield world


@pytest.mark.parametrize("path", ["/", "/contacts", "/contacts/con_1", "/sign-in?next=%2Fcontacts", "/index.html"])
async def test_an_address_of_the_client_is_the_page_and_asked_for_anew(built: World, path: str) -> None:
    async with built.client() as rest:
        answer = await rest.get(f"http://localhost{path}")
        again = await rest.get(f"http://localhost{path}", headers={"If-None-Match": answer.headers["etag"]})
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None), ("", None), ("br;q=0, gzip;q=0.5", "gzip"), ("x", None)],
)
async def test_a_built_file_is_kept_for_ever_and_sent_as_the_browser_takes_it(
    built: World, accepts: str, encoding: str | None
) -> None:
    async with (
        built.client() as rest,
        rest.stream("GET", "http://localhost/assets/app-1a2b.js", headers={"Accept-Encoding": accepts}) as answer,
    ):
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers.get("content-encoding") == encoding
    assert raw == {"br": b"brotli", "gzip": PACKED, None: SCRIPT.encode()}[encoding]


async def test_a_file_at_the_top_is_served_as_what_it_is(built: World) -> None:
    async with built.client() as rest:
        answer = await rest.get("http://localhost/sw.js")
    assert answer.text == "// worker"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/assets/app-old.js", "/favicon.ico", "/assets/", "/assets", "/api", "/api/v2/contacts", "/.built",
             "/x.map", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "//secret.txt"],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(built: World, path: str) -> None:
    async with built.client() as rest:
        answer = await rest.get(f"http://localhost{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_pages_are_only_read(built: World) -> None:
    async with built.client("admin") as rest:
        assert (await rest.head("http://localhost/")).status_code == 200
        assert (await rest.head("http://localhost/")).content == b""
        assert (await rest.post("http://localhost/contacts")).status_code == 404


@pytest.mark.asyncio(loop_scope="function")
async def test_without_a_build_the_page_says_what_to_do(own_world: World) -> None:
    async with own_world.client() as rest:
        answer = await rest.get("http://localhost/contacts")
    assert answer.status_code == 503
    assert "make web" in answer.text
