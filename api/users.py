"""Accounts. Made on the command line (`carnet user add`) and by the demo; people read their own at /me, and
who else there is at /users."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet
from api.access import Member, Role
from api.auth import require_member
from api.credentials import count_change, member_of, withdraw_all
from api.http import Answer, Operation, reply
from api.tables import AnyRow, new_id, users

# Loose on purpose: whoever makes an account knows the address; only typing errors are to be caught.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,63}")


class User(Answer):
    """A person with an account."""

    id: str
    object: Literal["user"]
    name: str
    email: str
    role: Role
    color: str
    initials: str


class Colleague(Answer):
    """A person as others see them: whom a contact may belong to, who wrote something. Not `active`: was removed."""

    id: str
    object: Literal["user"]
    name: str
    color: str
    initials: str
    active: bool


class UserList(Answer):
    """Everybody with an account, now or once, in the order of their names."""

    results: list[Colleague]


class EmailTaken(ValueError):
    """There is an account with this address."""


class LastAdmin(ValueError):
    """Nobody would be left to look after the team."""


def canonical_email(email: str) -> str:
    """The form in which an address is kept and looked for. Raises ValueError when it is none."""
    canonical = email.strip().lower()
    if not _EMAIL.fullmatch(canonical):
        raise ValueError(f"expected an e-mail address, got {email!r}")
    return canonical


async def find_user(tx: AsyncConnection, email: str) -> Member | None:
    """The account with this (canonical) address."""
    row = (await tx.execute(select(users).where(users.c.email == email, _IS_IN))).first()
    return member_of(row) if row else None


async def find_password_hash(tx: AsyncConnection, email: str) -> str | None:
    """The hash of an account's password; None where there is no account, or one that has none."""
    mine = select(users.c.password_hash).where(users.c.email == email, _IS_IN)
    return (await tx.execute(mine)).scalar_one_or_none()


_IS_IN = users.c.removed_at.is_(None)


async def add_user(
    tx: AsyncConnection,
    email: str,
    name: str,
    role: Role,
    password_hash: str | None,
    now: datetime,
    *,
    user_id: str | None = None,
) -> str:
    """Make an account and return its id; who was removed has their old one again. Raises EmailTaken."""
    of_now = {"name": name, "role": role, "password_hash": password_hash}
    known = (await tx.execute(select(users.c.id, users.c.removed_at).where(users.c.email == email))).first()
    if known and known.removed_at is None:
        raise EmailTaken(f"there is an account with the address {email}")
    if known:
        await tx.execute(update(users).where(users.c.id == known.id).values(**of_now, removed_at=None))
        return str(known.id)
    made = user_id or new_id("usr")
    await tx.execute(insert(users).values(id=made, email=email, created_at=now, **of_now))
    return made


async def change_role(tx: AsyncConnection, member: Member, role: Role) -> None:
    """Give somebody another role; `Rights.wake` then tells their sockets. Raises LastAdmin."""
    if role != "admin":
        await _keep_an_admin(tx, member)
    await tx.execute(update(users).where(users.c.id == member.id).values(role=role))
    await count_change(tx)


async def remove_user(tx: AsyncConnection, member: Member, now: datetime) -> None:
    """Let somebody in no more; what they wrote stays theirs. `Rights.wake` ends their sockets. Raises LastAdmin."""
    await _keep_an_admin(tx, member)
    await tx.execute(update(users).where(users.c.id == member.id).values(removed_at=now, password_hash=None))
    await withdraw_all(tx, member.id)


async def _keep_an_admin(tx: AsyncConnection, leaving: Member) -> None:
    others = select(users.c.id).where(users.c.role == "admin", users.c.id != leaving.id, _IS_IN).limit(1)
    if leaving.role == "admin" and (await tx.execute(others)).first() is None:
        raise LastAdmin(f"{leaving.email} is the only admin: make somebody else one first")


async def list_accounts(tx: AsyncConnection) -> list[Member]:
    """Everybody who may come in, in the order of their names."""
    return [member_of(row) for row in await tx.execute(select(users).where(_IS_IN).order_by(users.c.name, users.c.id))]


def present(member: Member) -> User:
    """A member as REST shows them."""
    return User(
        id=member.id,
        object="user",
        name=member.name,
        email=member.email,
        role=member.role,
        color=member.color,
        initials=member.initials,
    )


async def show_me(request: Request) -> Response:
    """GET /me."""
    return reply(present(await require_member(request)))


async def list_users(request: Request) -> Response:
    """GET /users."""
    await require_member(request)
    rows = await carnet.of(request).database.read(_all)
    return reply(UserList(results=[_colleague(row) for row in rows]))


async def _all(tx: AsyncConnection) -> Sequence[AnyRow]:
    return (await tx.execute(select(users).order_by(users.c.name, users.c.id))).all()


def _colleague(row: AnyRow) -> Colleague:
    member, active = member_of(row), row.removed_at is None
    return Colleague(
        id=member.id, object="user", name=member.name, color=member.color, initials=member.initials, active=active
    )


routes: list[BaseRoute] = [
    Operation("GET", "/me", show_me, "Who you are.", answer=User),
    Operation("GET", "/users", list_users, "Everybody with an account.", answer=UserList),
]
