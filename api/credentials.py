"""What lets people in: session cookies and API tokens, and whose they are.

Secrets are 256 random bits and kept as SHA-256 hashes: nothing in the database lets anyone in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import bindparam, delete, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import Member, Standing
from api.tables import AnyRow, Moment, credentials, rights, users

TOKEN_PREFIX = "carnet_"
SESSION_DAYS = 30
TOKEN_DAYS = 365

Kind = Literal["session", "token"]

COLORS = (
    "#2672b7", "#ad4b47", "#1d7d3e", "#8656a6", "#02787d", "#9f5102",
    "#6861b6", "#9f4d86", "#7c6702", "#027493", "#587502", "#aa4964",
)  # fmt: skip
"""What a person is drawn in: twelve hues of one weight, each 5:1 or more on white."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A valid session or API token, and whose it is."""

    secret_hash: str
    kind: Kind
    member: Member


def hash_secret(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so there is nothing for a slow hash to protect."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def member_of(row: AnyRow, standing: Standing | None = None) -> Member:
    """A row of `users` as an actor. The engine stamps `user` into what others see of their presence."""
    color = COLORS[hashlib.sha256(row.id.encode()).digest()[0] % len(COLORS)]
    stamp = {"id": row.id, "name": row.name, "color": color}
    return Member(id=row.id, user=stamp, name=row.name, email=row.email, role=row.role, color=color, standing=standing)


_MEMBER = select(users).where(users.c.id == bindparam("of"), users.c.removed_at.is_(None))


async def find_member(tx: AsyncConnection, user_id: str) -> Member | None:
    """The member as the database has them now: a role may have changed since a socket opened."""
    row = (await tx.execute(_MEMBER, {"of": user_id})).first()
    return member_of(row) if row else None


async def issue(tx: AsyncConnection, user_id: str, kind: Kind, now: datetime) -> str:
    """Make a session or an API token and return its secret, which is not to be had again.

    The user's expired ones go at the same time.
    """
    secret = (TOKEN_PREFIX if kind == "token" else "") + secrets.token_urlsafe(32)
    days = TOKEN_DAYS if kind == "token" else SESSION_DAYS
    await tx.execute(delete(credentials).where(credentials.c.user_id == user_id, credentials.c.expires_at <= now))
    await tx.execute(
        insert(credentials).values(
            secret_hash=hash_secret(secret),
            kind=kind,
            user_id=user_id,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    return secret


async def withdraw(tx: AsyncConnection, secret_hash: str) -> None:
    """End a session or an API token, and the tickets that were made with it. `Rights.wake` then ends their sockets."""
    await tx.execute(delete(credentials).where(credentials.c.secret_hash == secret_hash))
    await count_change(tx)


async def withdraw_all(tx: AsyncConnection, user_id: str) -> None:
    """The same for everything that lets somebody in."""
    await tx.execute(delete(credentials).where(credentials.c.user_id == user_id))
    await count_change(tx)


async def count_change(tx: AsyncConnection) -> None:
    """Somebody's rights change in this transaction: whoever holds an older picture of them looks anew (rights.py)."""
    await tx.execute(update(rights).values(epoch=rights.c.epoch + 1))


async def find_credential(tx: AsyncConnection, secret_hash: str, now: datetime) -> Credential | None:
    """The credential with this hash, while it is valid."""
    return (await find_credentials(tx, {secret_hash}, now)).get(secret_hash)


async def find_credentials(tx: AsyncConnection, hashes: Collection[str], now: datetime) -> dict[str, Credential]:
    """Of these hashes those of valid credentials, with whose they are."""
    found = await tx.execute(_VALID, {"hashes": sorted(hashes), "now": now})
    return {
        row.secret_hash: Credential(
            row.secret_hash, row.kind, member_of(row, Standing(row.secret_hash, row.expires_at, row.epoch))
        )
        for row in found
    }


_VALID = (
    select(credentials.c.secret_hash, credentials.c.kind, credentials.c.expires_at, rights.c.epoch, users)
    .join(users, users.c.id == credentials.c.user_id)
    .join(rights, true())
    .where(
        credentials.c.secret_hash.in_(bindparam("hashes", expanding=True)),
        credentials.c.expires_at > bindparam("now", type_=Moment),
        users.c.removed_at.is_(None),
    )
)
