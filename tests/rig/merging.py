"""Two contacts that people write in are merged and taken apart, again and again, at whichever node answers."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.rig.site import Site

PAUSE_SECONDS = 0.2
APART_SECONDS_MAX = 3.0
DONE = (200, 201)
COME_BACK = (502, 503)


async def merge_until(healed: asyncio.Event, site: Site, contact_ids: list[str]) -> int:
    """Merge them, in either direction, and undo that, until it is over; how often. At the end they are two."""
    merges = 0
    while not healed.is_set():
        primary, secondary = site.chance.sample(contact_ids, 2)
        merged = await _insist(site, "/contacts/merge", {"primary_id": primary, "secondary_id": secondary})
        assert (merged["primary_id"], merged["secondary_id"]) == (primary, secondary)
        assert not merged["undone_at"]
        await asyncio.sleep(site.chance.uniform(0, APART_SECONDS_MAX))
        undone = await _insist(site, f"/merges/{merged['id']}/undo", {})
        assert undone["undone_at"]
        merges += 1
        await asyncio.sleep(site.chance.uniform(0, APART_SECONDS_MAX))
    return merges


async def _insist(site: Site, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask until it is done: a node that dies, or whose database is away, may or may not have done it."""
    while True:
        try:
            async with site.chance.choice(site.nodes).rest() as rest:
                answer = await rest.post(path, json=body)
        except httpx.TransportError:
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        if answer.status_code in DONE:
            shown: dict[str, Any] = answer.json()
            return shown
        assert answer.status_code in COME_BACK, answer.text
        await asyncio.sleep(PAUSE_SECONDS)
