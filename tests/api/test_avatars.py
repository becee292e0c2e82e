"""Photos are drawn anew, and nothing else is kept of them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from api import blobs
from api.avatars import MEGABYTES_MAX, draw
from api.feed import last_number
from tests.support.in_process import InProcess, in_process


def encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **more)
    return written.getvalue()


def opened(content: bytes | None) -> Image.Image:
    assert content
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_photo_becomes_a_small_square_jpeg(kind: str) -> None:
    drawn = opened(draw(encoded(Image.new("RGB", (900, 400), "red"), kind)))
    assert (drawn.format, drawn.size, drawn.mode) == ("JPEG", (256, 256), "RGB")


def test_what_is_transparent_is_white() -> None:
    drawn = opened(draw(encoded(Image.new("RGBA", (10, 10), (0, 0, 0, 0)), "PNG")))
    assert drawn.getpixel((128, 128)) == (255, 255, 255)


def test_it_is_turned_upright_and_forgets_where_it_was_taken() -> None:
    photo = Image.new("RGB", (20, 10), "white")
    photo.paste("black", (0, 0, 10, 10))  # dark on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: left is up
    exif[0x010F] = "A camera"
    drawn = opened(draw(encoded(photo, "JPEG", exif=exif, quality=95)))
    assert drawn.getpixel((128, 20))[0] < 60
    assert drawn.getpixel((128, 236))[0] > 200
    assert not dict(drawn.getexif())


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it is 60,000 by 60,000."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "photo",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        encoded(Image.new("RGB", (9, 9)), "BMP"),
        encoded(Image.new("RGB", (90, 90)), "PNG")[:-50],
        bomb(),
    ],
    ids=["empty", "text", "svg", "pdf", "bmp", "torn", "bomb"],
)
def test_what_is_no_photo_is_not_drawn(photo: bytes) -> None:
    assert draw(photo) is None


@given(st.binary(max_size=300), st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), st.data())
def test_no_bytes_break_it(noise: bytes, kind: str, data: st.DataObject) -> None:
    photo = encoded(Image.new("RGB", (30, 30), "blue"), kind)
    at = data.draw(st.integers(0, len(photo)))
    draw(photo[:at] + noise + photo[at + len(noise) :])


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    one, other, third = blobs.put(tmp_path, b"x"), blobs.put(tmp_path, b"x"), blobs.put(tmp_path, b"y")
    assert one == other != third
    assert blobs.path_of(tmp_path, one).read_bytes() == b"x"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InProcess]:
    async with in_process(tmp_path_factory.mktemp("carnet")) as running:
        yield running


async def put(server: InProcess, contact_id: str, photo: bytes, name: str = "lea") -> httpx.Response:
    return await server.rest[name].put(f"/contacts/{contact_id}/avatar", files={"file": ("photo.png", photo)})


RED, BLUE = (encoded(Image.new("RGB", (40, 40), colour), "PNG") for colour in ("red", "blue"))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_photo_is_shown_with_its_contact_until_it_is_taken_away(server: InProcess) -> None:
    contact_id = (await server.new_contact())["id"]
    address = f"/contacts/{contact_id}"
    assert (await server.get(address))["avatar"] is None

    first = (await put(server, contact_id, RED)).json()["url"]
    assert (await server.get(address))["avatar"] == first
    assert opened((await server.rest["mia"].get(first.removeprefix("/api/v1"))).content).format == "JPEG"
    second = (await put(server, contact_id, BLUE)).json()["url"]
    assert second != first
    [listed] = [one for one in (await server.get("/contacts"))["results"] if one["id"] == contact_id]
    assert listed["avatar"] == second

    for _ in range(2):
        assert (await server.lea.delete(f"{address}/avatar")).status_code == 204
    assert (await server.get(address))["avatar"] is None
    assert (await server.lea.get(f"{address}/avatar")).status_code == 404


@pytest.mark.asyncio(loop_scope="module")
async def test_another_photo_is_a_change_of_the_contact_and_the_same_one_is_none(server: InProcess) -> None:
    contact_id = (await server.new_contact())["id"]
    before = await server.carnet.database.read(last_number)
    for _ in range(2):
        assert (await put(server, contact_id, RED)).status_code == 200
    assert await server.carnet.database.read(last_number) == before + 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("photo", "status"),
    [(b"hello", 415), (bomb(), 415), (bytes(MEGABYTES_MAX * 1024 * 1024 + 20_000), 413)],
    ids=["text", "bomb", "large"],
)
async def test_what_is_no_photo_or_too_large_changes_nothing(server: InProcess, photo: bytes, status: int) -> None:
    contact_id = (await server.new_contact())["id"]
    url = (await put(server, contact_id, RED)).json()["url"]
    assert (await put(server, contact_id, photo)).status_code == status
    assert (await server.get(f"/contacts/{contact_id}"))["avatar"] == url


@pytest.mark.asyncio(loop_scope="module")
async def test_a_form_without_a_file_is_malformed(server: InProcess) -> None:
    contact_id = (await server.new_contact())["id"]
    answer = await server.lea.put(f"/contacts/{contact_id}/avatar", files={"photo": ("a.png", RED)})
    assert answer.status_code == 400
