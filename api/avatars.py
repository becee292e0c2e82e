"""Photos of contacts: internal, so they are served to members only, and always drawn anew by us.

`draw` runs in a worker: whatever bytes came in, what is kept is a small JPEG of our own making, without a word about
where or with what it was taken. The picture is a blob; `avatars` says whose it is.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageOps
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute

from api import blobs, carnet
from api.access import readable_contacts
from api.auth import require_member
from api.errors import NotFound
from api.http import Operation
from api.tables import avatars, contacts

SIDE_PIXELS = 256
PIXELS_MAX = 50_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")

_UNREADABLE = (
    OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, struct.error, zlib.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What Pillow raises over a torn picture, or one that claims to be larger than any wall."""


def draw(photo: bytes) -> bytes | None:
    """A square JPEG of the middle of a photo; None when it is no picture, or one of too many pixels."""
    try:
        with Image.open(BytesIO(photo), formats=FORMATS) as image:
            if image.width * image.height > PIXELS_MAX:
                return None
            image.draft("RGB", (SIDE_PIXELS * 2, SIDE_PIXELS * 2))  # a JPEG is decoded no larger than needed
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            square = ImageOps.fit(upright, (SIDE_PIXELS, SIDE_PIXELS), Image.Resampling.LANCZOS)
    except _UNREADABLE:
        return None
    paper = Image.new("RGB", square.size, "white")
    paper.paste(square, mask=square.getchannel("A"))
    drawn = BytesIO()
    paper.save(drawn, "JPEG", quality=85, optimize=True)
    return drawn.getvalue()


async def get_avatar(request: Request) -> Response:
    """GET /contacts/{id}/avatar. The address never changes, the picture may: a browser asks each time, by its ETag."""
    server, member = carnet.of(request), await require_member(request)
    contact_id = request.path_params["id"]

    async def find(tx: AsyncConnection) -> str | None:
        mine = select(avatars.c.sha256).join(contacts, contacts.c.id == avatars.c.contact_id)
        found = await tx.execute(mine.where(contacts.c.id == contact_id, readable_contacts(member)))
        return found.scalar_one_or_none()

    digest = await server.database.read(find)
    if digest is None:
        raise NotFound
    headers = {"ETag": f'"{digest}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return FileResponse(blobs.path_of(server.settings.blobs_dir, digest), headers=headers, media_type="image/jpeg")


routes: list[BaseRoute] = [
    Operation("GET", "/contacts/{id}/avatar", get_avatar, "The photo of a contact, as a JPEG.", refusals=(404,))
]
