"""The application in this process, on a real database with the real engine, and people who call it over REST."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from api import schema
from api.app import create_app
from api.auth import hash_password
from api.carnet import Carnet
from api.credentials import issue
from api.settings import Settings
from api.users import add_user

PASSWORD = "a long enough word"
ROLES = ("admin", "editor", "viewer")


def settings_in(folder: Path, database_url: str | None = None, **changes: Any) -> Settings:
    return Settings(database_url or f"sqlite:///{folder / 'carnet.db'}", folder, web_dir=folder / "dist", **changes)


@dataclass(slots=True)
class World:
    """An application with one account of each role (`admin@carnet.test` …), each with an API token."""

    app: Starlette
    user_ids: dict[str, str]
    tokens: dict[str, str]

    @property
    def carnet(self) -> Carnet:
        return self.app.state.carnet

    def client(self, role: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A REST client: of a role (by token), or a stranger's. Addresses are below /api/v1."""
        signed = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://localhost/api/v1",
            headers={**signed, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )

    async def cookie(self, role: str) -> str:
        """A session's secret, as the cookie holds it."""
        user_id, now = self.user_ids[role], self.carnet.clock()
        return await self.carnet.database.write(lambda tx: issue(tx, user_id, "session", now))

    async def new_contact(self, firstname: str = "Ada", lastname: str = "Martin") -> dict[str, Any]:
        async with self.client("editor") as rest:
            answer = await rest.post("/contacts", json={"properties": {"firstname": firstname, "lastname": lastname}})
            assert answer.status_code == 201, answer.text
            return answer.json()

    @contextmanager
    def later(self, **time: float) -> Iterator[None]:
        """The server's clock goes ahead for a while."""
        now: datetime = self.carnet.clock() + timedelta(**time)
        before = self.carnet
        self.app.state.carnet = replace(before, clock=lambda: now)
        yield
        self.app.state.carnet = before


async def open_world(folder: Path, database_url: str | None = None, **changes: Any) -> AsyncIterator[World]:
    settings = settings_in(folder, database_url, **changes)
    await schema.migrate(settings)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        world = World(app, {}, {})
        hashed = await hash_password(PASSWORD)
        now = world.carnet.clock()
        for role in ROLES:
            world.user_ids[role] = await world.carnet.database.write(
                lambda tx, role=role: add_user(tx, f"{role}@carnet.test", f"{role.title()} Rose", role, hashed, now)
            )
            world.tokens[role] = await world.carnet.database.write(
                lambda tx, role=role: issue(tx, world.user_ids[role], "token", now)
            )
        yield world
