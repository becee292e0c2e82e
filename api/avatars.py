"""Photos of contacts: internal, so they are served to members only, and always drawn anew by us.

Taken from the page of a contact, or with an import (import_run.py). The address that REST names changes with the
picture; whoever keeps an old one is shown the new picture all the same.

`draw` runs in a worker: whatever bytes came in, what is kept is a small JPEG of our own making, without a word about
where or with what it was taken. The picture is a blob; `avatars` says whose it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
import zlib
from collections.abc import Collection
from io import BytesIO
from typing import Any, Literal

from PIL import Image, ImageOps
from sqlalchemy import Select, delete, insert, select, union
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute

from api import blobs, carnet, feed
from api.access import Member, readable_contacts, require_edit
from api.aliases import root_of
from api.auth import require_member
from api.carnet import Carnet
from api.errors import FileTooLarge, NotFound, TooLarge, UnsupportedMediaType
from api.http import API, Answer, Operation, Query, no_content, reply
from api.tables import AnyRow, avatars, contacts, left_photos, merges
from api.uploads import MIB, read_upload
from sync.workers import WorkerFailed

MEGABYTES_MAX = 10
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


class Version(Query):
    """Says nothing to us: it makes the address of another picture another address."""

    v: str | None = None


class Avatar(Answer):
    """A contact's photo as it is now."""

    object: Literal["avatar"]
    url: str


def url_of(contact_id: str, digest: str | None) -> str | None:
    """Where the picture with this digest is; None for none."""
    return f"{API}/contacts/{contact_id}/avatar?v={digest[:12]}" if digest else None


async def picture(server: Carnet, photo: bytes) -> str | None:
    """The blob of a photo, drawn anew by a worker; None where there is nothing that can be drawn."""
    try:
        drawn = await server.workers.run(f"photo/{hashlib.sha256(photo).hexdigest()}", draw, photo)
    except WorkerFailed:
        drawn = None
    return await asyncio.to_thread(blobs.put, server.settings.blobs_dir, drawn) if drawn else None


async def _find(tx: AsyncConnection, member: Member, contact_id: str, *, lock: bool = False) -> AnyRow:
    """(id, version, sha256) of a contact that `member` may read, or of its root. Raises NotFound."""
    shown = select(contacts.c.id, contacts.c.version, avatars.c.sha256).outerjoin(
        avatars, avatars.c.contact_id == contacts.c.id
    )
    mine = shown.where(contacts.c.id == root_of(contact_id), readable_contacts(member))
    found = (await tx.execute(mine.with_for_update(of=contacts) if lock else mine)).first()
    if found is None:
        raise NotFound
    return found


async def _show(tx: AsyncConnection, member: Member, contact_id: str, digest: str | None) -> None:
    """Put another picture in the place of the one that is there, or none."""
    before = await _find(tx, member, contact_id, lock=True)
    await change_photo(tx, before.id, before.sha256, digest, seq=before.version, actor_id=member.id)


async def photos_of(tx: AsyncConnection, contact_ids: Collection[str]) -> dict[str, str]:
    """contact → the digest of its own photo, of those that have one."""
    rows = await tx.execute(select(avatars).where(avatars.c.contact_id.in_(contact_ids)))
    return {row.contact_id: row.sha256 for row in rows}


def digests_in_use() -> Select[Any]:
    """Of pictures that a contact shows, or would show again if a merge that stands were undone."""
    undone = merges.c.undone_at.is_not(None)
    remembered = select(merges.c.photo_before).where(merges.c.photo_before.is_not(None), ~undone)
    return select(union(select(avatars.c.sha256), remembered).subquery().c.sha256)


async def change_photo(
    tx: AsyncConnection, contact_id: str, before: str | None, digest: str | None, *, seq: int, actor_id: str
) -> None:
    """Show another picture, or none; the feed tells. The caller holds the contact, which shows the one `before`."""
    if before == digest:
        return
    await tx.execute(delete(avatars).where(avatars.c.contact_id == contact_id))
    if before:
        await tx.execute(insert(left_photos).values(sha256=before))
    if digest:
        await tx.execute(insert(avatars).values(contact_id=contact_id, sha256=digest))
    await feed.record(tx, "contact.updated", contact_id, contact_id=contact_id, seq=seq, actor_id=actor_id)


async def _editable(request: Request) -> tuple[Carnet, Member, str]:
    server, member = carnet.of(request), await require_member(request)
    asked = request.path_params["id"]
    contact_id = (await server.database.read(lambda tx: _find(tx, member, asked))).id
    require_edit(member, contact_id)
    return server, member, contact_id


async def get_avatar(request: Request) -> Response:
    """GET /contacts/{id}/avatar. A browser asks each time, by the ETag: who may no longer see it is not shown it."""
    server, member = carnet.of(request), await require_member(request)
    found = await server.database.read(lambda tx: _find(tx, member, request.path_params["id"]))
    return reply_picture(request, found.sha256)


def reply_picture(request: Request, digest: str | None) -> Response:
    """The picture with this digest, unless the browser has it. Raises NotFound of none."""
    if digest is None:
        raise NotFound
    folder = carnet.of(request).settings.blobs_dir
    headers = {"ETag": f'"{digest}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return FileResponse(blobs.path_of(folder, digest), headers=headers, media_type="image/jpeg")


async def put_avatar(request: Request) -> Response:
    """PUT /contacts/{id}/avatar: a form with one file."""
    server, member, contact_id = await _editable(request)
    try:
        upload = await read_upload(request, megabytes_max=MEGABYTES_MAX)
    except FileTooLarge as error:
        raise TooLarge(bytes_max=MEGABYTES_MAX * MIB) from error
    try:
        digest = await picture(server, await upload.read())
    finally:
        await upload.close()
    if digest is None:
        raise UnsupportedMediaType(expected=", ".join(f"image/{kind.lower()}" for kind in FORMATS))
    await server.database.write(lambda tx: _show(tx, member, contact_id, digest))
    server.feed.wake()
    return reply(Avatar(object="avatar", url=url_of(contact_id, digest) or ""))


async def delete_avatar(request: Request) -> Response:
    """DELETE /contacts/{id}/avatar; also where there is none."""
    server, member, contact_id = await _editable(request)
    await server.database.write(lambda tx: _show(tx, member, contact_id, None))
    server.feed.wake()
    return no_content()


routes: list[BaseRoute] = [
    Operation(
        "GET", "/contacts/{id}/avatar", get_avatar, "The photo of a contact, as a JPEG.",
        query=Version, refusals=(404,),
    ),
    Operation(
        "PUT", "/contacts/{id}/avatar", put_avatar, "Give a contact a photo.",
        upload=True, answer=Avatar, refusals=(403, 404, 413, 415, 503),
    ),
    Operation(
        "DELETE", "/contacts/{id}/avatar", delete_avatar, "Take the photo of a contact away.",
        status=204, refusals=(403, 404, 503),
    ),
]  # fmt: skip
