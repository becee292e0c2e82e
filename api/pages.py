"""The browser client: the built files of web/dist, and its one page for every address that is the client's own.

Built files under /assets carry a hash in their names and may be kept for ever; everything else is asked for again each
time and answered with 304 while it has not changed. Files the build has compressed are sent so to whoever takes them.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path, PurePosixPath

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from api import carnet
from api.errors import NotFound

_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"

_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Carnet</title>
<h1>The browser client has not been built</h1>
<p>The server runs, but there is no page to show. Run <code>make web</code> and load this page again.</p>
<h1 lang="fr">Le client web n’est pas construit</h1>
<p lang="fr">Le serveur fonctionne, mais il n’a pas de page à montrer. Lancez <code>make web</code>, puis rechargez.</p>
"""


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Whatever no route answers."""
    if scope["type"] == "websocket":
        await WebSocketClose()(scope, receive, send)
        return
    response = await show_page(Request(scope, receive))
    await response(scope, receive, send)


async def show_page(request: Request) -> Response:
    """GET of a file or of an address of the client's."""
    folder = carnet.of(request).settings.web_dir
    path = PurePosixPath(request.url.path.lstrip("/"))
    if request.method not in ("GET", "HEAD") or path.parts[:1] == ("api",):
        raise NotFound
    found = await anyio.to_thread.run_sync(_find, folder, path)
    if found is None:
        return HTMLResponse(_MISSING, 503)
    return await anyio.to_thread.run_sync(_answer, request, folder, found)


def _find(folder: Path, path: PurePosixPath) -> Path | None:
    """The file for a path: itself, or the page for an address of the client's. None: nothing is built."""
    page = folder / "index.html"
    if not page.is_file():
        return None
    if any(part.startswith(".") for part in path.parts):
        raise NotFound
    file = (folder / path).resolve()
    if path.parts and file.is_relative_to(folder.resolve()) and file.is_file():
        return file
    # A name with an ending is a file that is not there; the client's own addresses have none.
    if path.suffix or path.parts[:1] == ("assets",):
        raise NotFound
    return page


def _answer(request: Request, folder: Path, file: Path) -> Response:
    for_ever = file.is_relative_to(folder.resolve() / "assets")
    headers = {"Cache-Control": _FOR_EVER if for_ever else _ASK_AGAIN, "Vary": "Accept-Encoding"}
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    for encoding, ending in _ENCODINGS:
        packed = file.with_name(file.name + ending)
        if _accepts(request, encoding) and packed.is_file():
            file, headers["Content-Encoding"] = packed, encoding
            break
    response = FileResponse(file, headers=headers, media_type=media_type, stat_result=file.stat())
    known = request.headers.get("if-none-match", "")
    if response.headers["etag"] in [tag.strip().removeprefix("W/") for tag in known.split(",")]:
        return Response(status_code=304, headers={**headers, "ETag": response.headers["etag"]})
    return response


def _accepts(request: Request, encoding: str) -> bool:
    for offer in request.headers.get("accept-encoding", "").split(","):
        name, _, quality = offer.strip().partition(";")
        if name.strip().lower() == encoding:
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
