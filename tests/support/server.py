"""A Carnet server as people run it: a process of its own on a loopback port, with a folder for its data."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent.parent
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 20
VERB_SECONDS_MAX = 90
POLL_SECONDS = 0.02
DEMO_PASSWORD = "carnet-demo"
CLI = (sys.executable, "-m", "api.cli")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(slots=True)
class Server:
    """Start it, kill it, start it again: port and folder stay. `command` serves; it gets --port."""

    data_dir: Path
    command: tuple[str, ...] = (*CLI, "serve")
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where its page and its REST are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sync_url(self) -> str:
        """Where its sockets are: Hocuspocus here, y-websocket below it."""
        return f"ws://127.0.0.1:{self.port}/sync"

    @property
    def log_file(self) -> Path:
        """All that every run of it has written."""
        return self.data_dir / "server.log"

    def launch(self) -> None:
        """Start the process."""
        assert self.process is None
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, "--port", str(self.port)], cwd=ROOT, env=self._environment(), stdout=log, stderr=log
            )

    def start(self) -> None:
        """Start the process and wait until it says that it is ready."""
        self.launch()
        assert self.process is not None
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self.is_ready():
            assert self.process.poll() is None, f"the server ended at once:\n{self.log()}"
            assert time.monotonic() < deadline, f"the server is not ready:\n{self.log()}"
            time.sleep(POLL_SECONDS)

    def kill(self) -> None:
        """Pull the plug: no goodbye, no flush."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """Ask it to end, as a deploy does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server did not end:\n{self.log()}") from None
        finally:
            self.process.kill()
            self.process.wait()
            self.process = None

    def copy(self, to: Path) -> "Server":
        """Another server over a copy of the data: what the disk held at this moment, whatever happens here later."""
        shutil.copytree(self.data_dir, to)
        return Server(to, self.command, environment=dict(self.environment), tokens=dict(self.tokens))

    def child_processes(self) -> list[int]:
        """Its worker processes (Linux tells)."""
        assert self.process is not None
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def log(self) -> str:
        """What it wrote so far."""
        return self.log_file.read_text(errors="replace")

    def carnet(self, *arguments: str, seconds_max: float = VERB_SECONDS_MAX) -> str:
        """Run a verb of the command line beside the server; answer what it printed."""
        done = subprocess.run(
            [*CLI, *arguments],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds_max,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def token(self, name: str) -> str:
        """An API token of a demo account (lea, tom, mia) or of anybody by address."""
        email = name if "@" in name else f"{name}@carnet.test"
        if email not in self.tokens:
            self.tokens[email] = self.carnet("token", email).split()[-1]
        return self.tokens[email]

    def rest(self, name: str | None = "lea", **options: Any) -> httpx.AsyncClient:
        """A REST client signed in by token, or a stranger's (None)."""
        headers = {"Authorization": f"Bearer {self.token(name)}"} if name else {}
        return httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, timeout=30, **options)

    async def new_note(self, firstname: str = "Camille", lastname: str = "Roy") -> "Note":
        """A fresh contact and its main note."""
        async with self.rest() as rest:
            created = await rest.post("/contacts", json={"properties": {"firstname": firstname, "lastname": lastname}})
            assert created.status_code == 201, created.text
            return Note(self, created.json()["id"], created.json()["main_note_id"])

    def metric(self, name: str) -> float:
        """A plain number of its metrics."""
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        (found,) = [line for line in lines if line.startswith(f"{name} ")]
        return float(found.split()[1])

    def is_ready(self) -> bool:
        """Whether it says so."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        return False

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CARNET_")}
        return {**inherited, "CARNET_DATA_DIR": str(self.data_dir), **self.environment}


@dataclass(frozen=True, slots=True)
class Note:
    """The main note of a contact, and where it is found."""

    server: Server
    contact_id: str
    id: str

    @property
    def document(self) -> str:
        """Its name on the sockets."""
        return f"note/{self.id}"

    @property
    def page(self) -> str:
        """Its contact's page."""
        return f"{self.server.url}/contacts/{self.contact_id}"

    async def read(self) -> dict[str, Any]:
        """The note as REST gives it now."""
        async with self.server.rest() as rest:
            answer = await rest.get(f"/notes/{self.id}")
            assert answer.status_code == 200, answer.text
            return answer.json()

    async def text(self) -> str:
        """Its text as REST gives it now."""
        return (await self.read())["text"]

    def rows(self) -> list[bytes]:
        """The updates that lie committed in the database file, whether a server runs or not."""
        file = self.server.data_dir / "carnet.db"
        with closing(sqlite3.connect(file)) as database:
            question = "SELECT bytes FROM document_updates WHERE name = ? ORDER BY seq"
            return [row for (row,) in database.execute(question, [self.document])]

    def hocuspocus(self, name: str = "lea") -> dict[str, str]:
        """What `People.open` needs to open it with a Hocuspocus provider."""
        return {"url": self.server.sync_url, "document": self.document, "token": self.server.token(name)}

    async def y_websocket(self, name: str = "lea") -> dict[str, str]:
        """What `People.open` needs to open it with a y-websocket provider."""
        async with self.server.rest(name) as rest:
            answer = await rest.post("/tickets", json={"document": self.document})
            assert answer.status_code == 201, answer.text
        url, ticket = self.server.sync_url, answer.json()["ticket"]
        return {"dialect": "y-websocket", "url": url, "document": self.document, "ticket": ticket}
