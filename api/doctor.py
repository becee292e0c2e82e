"""`carnet doctor`: is everything there that a server needs, and is what it keeps whole? Changes nothing."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url

from api import database_findings, schema
from api.findings import Finding
from api.settings import Settings, SettingsError
from sync import documents
from sync.broker import Control
from sync.errors import Malformed
from sync.limits import MIB
from sync.redis_broker import CONTROL, DOCUMENT, EVERYTHING
from sync.store import StoreUnavailable
from sync.wire import read_message, write_message
from sync.workers import WorkerFailed, Workers

SPACE_LITTLE, SPACE_FAR_TOO_LITTLE = 2048 * MIB, 256 * MIB
REDIS_SECONDS_MAX = 3.0
LISTEN_SECONDS = 2.0

MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


async def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which one would ask."""
    found = [*_settings(settings), _folder(settings), _space(settings), _page(settings), await _workers(settings)]
    found += await _database(settings)
    if settings.redis_url:
        found.append(await _redis(settings, settings.redis_url))
    return found


def present(found: list[Finding]) -> str:
    """For people."""
    lines = []
    for finding in found:
        lines.append(f"{MARKS[finding.state]} {finding.check + ':':<11} {finding.found}")
        if finding.advice:
            lines.append(f"  {'':<11} → {finding.advice}")
    worst = sum(finding.state == "failed" for finding in found)
    lines.append("" if not worst else f"\n{worst} of {len(found)} checks failed.")
    return "\n".join(lines).rstrip()


def as_json(found: list[Finding]) -> dict[str, Any]:
    """For machines."""
    return {"ok": is_well(found), "findings": [asdict(finding) for finding in found]}


def is_well(found: list[Finding]) -> bool:
    """Nothing failed."""
    return all(finding.state != "failed" for finding in found)


def _settings(settings: Settings) -> list[Finding]:
    doubts = []
    on_sqlite = settings.database_url.startswith("sqlite")
    if not settings.public_url:
        doubts.append(
            ("CARNET_PUBLIC_URL is not set", "People come by loopback or bare addresses only: say its address.")
        )
    elif not settings.secure and "127.0.0.1" not in settings.public_url and "localhost" not in settings.public_url:
        doubts.append(
            ("CARNET_PUBLIC_URL is not https", "Passwords and notes cross the network in the clear: use https.")
        )
    if settings.secure and not settings.trusted_proxies:
        told = "https, and CARNET_TRUSTED_PROXIES is not set"
        doubts.append((told, "Name the proxy: else everybody has its address, and is slowed down for others' guesses."))
    if settings.redis_url and on_sqlite:
        doubts.append(
            ("SQLite with Redis", "Several processes may share a file on one machine; PostgreSQL is made for it.")
        )
    if not settings.redis_url and not on_sqlite:
        told = "PostgreSQL without CARNET_REDIS_URL"
        doubts.append((told, "For one process that is well; several see each other's words seconds later."))
    return [Finding("settings", "warning", *doubt) for doubt in doubts] or [Finding("settings", "ok", "nothing amiss")]


def _folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        told = f"{folder} cannot be written: {error.strerror}"
        return Finding("folder", "failed", told, "Make it, and let the server's user write in it (CARNET_DATA_DIR).")
    shared = ". Several processes: all of them need this very folder" if settings.redis_url else ""
    return Finding("folder", "ok", f"{folder} can be written{shared}")


def _space(settings: Settings) -> Finding:
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    told = f"{free / (1024 * MIB):.1f} GiB free under {folder}"
    if free < SPACE_FAR_TOO_LITTLE:
        return Finding("space", "failed", told, "Make room: a full disk ends every save.")
    if free < SPACE_LITTLE:
        return Finding("space", "warning", told, "Make room before it is full.")
    return Finding("space", "ok", told)


def _page(settings: Settings) -> Finding:
    if (settings.web_dir / "index.html").is_file():
        return Finding("page", "ok", "built")
    return Finding(
        "page", "failed", f"nothing in {settings.web_dir}", "Build it: make web (the image brings it along)."
    )


async def _workers(settings: Settings) -> Finding:
    workers = Workers(settings.limits)
    try:
        await workers.start()
        await workers.run("", documents.fold, None, ())
    except WorkerFailed as error:
        told = f"a worker process does not start: {error.__cause__ or error}"
        return Finding("workers", "failed", told, "Check memory and the limits on processes; each takes up to 1 GiB.")
    finally:
        await workers.close()
    return Finding("workers", "ok", f"{os.cpu_count() or 1} start and work")


async def _database(settings: Settings) -> list[Finding]:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not os.path.exists(str(url.database)):  # noqa: ASYNC240 - nobody else waits
        return [Finding("database", "failed", f"there is none at {url.database}", "Run: carnet migrate")]
    try:
        async with schema.open_database(settings) as database:
            return await database_findings.examine(database, settings.blobs_dir)
    except (StoreUnavailable, SettingsError) as error:
        advice = "Is it running, is CARNET_DATABASE_URL its address, may this user come in?"
        return [Finding("database", "failed", f"does not answer: {error}", advice)]


async def _redis(settings: Settings, url: str) -> Finding:
    try:
        async with asyncio.timeout(REDIS_SECONDS_MAX + LISTEN_SECONDS):
            return await _round_trip(url, settings.secret.encode())
    except (RedisError, OSError, TimeoutError) as error:
        advice = (
            "Is it running, is CARNET_REDIS_URL its address, may this user subscribe to carnet:*? Until then processes "
            "see each other's words with a delay of seconds; none is lost."
        )
        return Finding("redis", "failed", f"does not answer: {type(error).__name__}", advice)


async def _round_trip(url: str, secret: bytes) -> Finding:
    """A message of ours comes back, and what others say meanwhile bears our signature."""
    node = secrets.token_hex(8)
    async with _listening(url) as (redis, pubsub):
        version = (await redis.info("server")).get("redis_version", "?")
        loop = asyncio.get_running_loop()
        began = loop.time()
        await redis.publish(CONTROL, write_message(Control("doctor", node), CONTROL, secret))
        seconds, others, strangers = None, 0, 0
        while loop.time() < began + LISTEN_SECONDS:
            message = await pubsub.get_message(timeout=began + LISTEN_SECONDS - loop.time())
            if message is None or message["type"] != "pmessage":
                continue
            try:
                name = message["channel"].removeprefix(DOCUMENT).decode()
                heard = read_message(message["data"], message["channel"], name, secret)
            except Malformed:
                strangers += 1
                continue
            if getattr(heard, "node", "") == node:
                seconds = loop.time() - began
            else:
                others += 1
    if strangers:
        told = f"{strangers} of {strangers + others} messages there are not signed with this CARNET_SECRET"
        return Finding("redis", "failed", told, "Give every process the same CARNET_SECRET, and others another Redis.")
    if seconds is None:
        return Finding(
            "redis", "failed", "what is published does not come back", "May this user use carnet:* channels?"
        )
    return Finding("redis", "ok", f"{version}, there and back in {seconds * 1000:.0f} ms, {others} messages of others")


@asynccontextmanager
async def _listening(url: str) -> AsyncIterator[tuple[Redis, Any]]:
    redis = Redis.from_url(url, socket_timeout=REDIS_SECONDS_MAX, socket_connect_timeout=REDIS_SECONDS_MAX)
    pubsub = redis.pubsub()
    try:
        await pubsub.psubscribe(EVERYTHING)
        await pubsub.get_message(timeout=REDIS_SECONDS_MAX)
        yield redis, pubsub
    finally:
        await pubsub.aclose()  # type: ignore[no-untyped-call]
        await redis.aclose()
