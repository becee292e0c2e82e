"""A whole Carnet in the test's own process and loop, with a clock that the test turns."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from api import schema
from api.app import create_app, open_carnet
from api.carnet import Carnet
from api.credentials import issue
from api.settings import read_settings
from api.users import add_user

PEOPLE = {"lea": "admin", "tom": "editor", "mia": "viewer"}


@dataclass
class Clock:
    """Time stands still until somebody lets it pass."""

    now: datetime = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        """Let this much time pass: `clock.pass_(days=91)`."""
        self.now += timedelta(**time)


@dataclass(frozen=True)
class InProcess:
    """The server's parts, and REST clients of its people: lea (admin), tom (editor), mia (viewer)."""

    carnet: Carnet
    clock: Clock
    rest: dict[str, httpx.AsyncClient]
    tokens: dict[str, str]

    @property
    def lea(self) -> httpx.AsyncClient:
        return self.rest["lea"]

    async def new_contact(self, firstname: str = "Camille", lastname: str = "Roy") -> dict[str, Any]:
        """A contact as REST gives it."""
        answer = await self.lea.post("/contacts", json={"properties": {"firstname": firstname, "lastname": lastname}})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def new_note(self, contact_id: str, body: str, **more: Any) -> dict[str, Any]:
        """A dated note as REST gives it."""
        answer = await self.lea.post(f"/contacts/{contact_id}/notes", json={"body": body, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def get(self, path: str, **query: Any) -> Any:
        """What Léa reads there."""
        answer = await self.lea.get(path, params=query or None)  # empty ones would take away those of the path
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def in_process(folder: Path, database_url: str = "") -> AsyncIterator[InProcess]:
    """Open one with its data in `folder`, or with a database elsewhere."""
    settings = read_settings({"CARNET_DATA_DIR": str(folder), "CARNET_DATABASE_URL": database_url})
    await schema.migrate(settings)
    clock = Clock()
    async with open_carnet(settings, clock=clock) as carnet:
        app = create_app(settings)
        app.state.carnet = carnet
        tokens, rest = {}, {}
        for name, role in PEOPLE.items():
            tokens[name] = await carnet.database.write(
                lambda tx, name=name, role=role: _sign_up(tx, name, role, clock())
            )
            rest[name] = httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://127.0.0.1/api/v1",
                headers={"Authorization": f"Bearer {tokens[name]}"},
            )
        yield InProcess(carnet, clock, rest, tokens)
        for client in rest.values():
            await client.aclose()


async def _sign_up(tx: Any, name: str, role: Any, now: datetime) -> str:
    made = await add_user(tx, f"{name}@carnet.test", name.title(), role, None, now)
    return await issue(tx, made, "token", now)
