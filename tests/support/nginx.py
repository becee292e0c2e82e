"""A real nginx of our own, with the very file that docker-compose.yml gives to its proxy: only addresses differ.

`python -m tests.support.nginx` exits with 1 where this machine keeps none.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.server import POLL_SECONDS, ROOT, Server, free_port

READY_SECONDS_MAX = 20
NAMES = ("carnet-1", "carnet-2")


def find_nginx() -> str | None:
    """Where it is; Debian keeps it where only root's PATH looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@dataclass(slots=True)
class Nginx:
    """In front of two servers."""

    program: str
    servers: Sequence[Server]
    port: int = field(default_factory=free_port)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="carnet-nginx-")))
    process: subprocess.Popen[bytes] | None = None

    @property
    def front(self) -> Server:
        """The servers as people see them: one address."""
        first = self.servers[0]
        return Server(first.data_dir, port=self.port, environment=first.environment, tokens=first.tokens)

    def start(self) -> None:
        """Start it and wait until it listens."""
        file = self.folder / "nginx.conf"
        file.write_text(self._configuration())
        with (self.folder / "log").open("ab") as log:
            command = [self.program, "-p", str(self.folder), "-e", "stderr", "-c", str(file), "-g", "daemon off;"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self._listens():
            assert self.process.poll() is None, f"nginx ended at once:\n{self.log()}"
            assert time.monotonic() < deadline, f"nginx does not listen:\n{self.log()}"
            time.sleep(POLL_SECONDS)

    def _configuration(self) -> str:
        text = (ROOT / "docs" / "nginx.conf").read_text()
        places = {f"{name}:8000": f"127.0.0.1:{server.port}" for name, server in zip(NAMES, self.servers, strict=True)}
        places |= {"listen 8080": f"listen 127.0.0.1:{self.port}", " /tmp/": f" {self.folder}/"}
        places |= {"/dev/stdout": str(self.folder / "access.log")}
        for there, here in places.items():
            assert there in text, f"nginx.conf has no {there!r}"
            text = text.replace(there, here)
        return text

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def log(self) -> str:
        """What it wrote: its access log and whatever else."""
        files = (self.folder / "log", self.folder / "access.log")
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    def stop(self) -> None:
        """End it and forget its folder."""
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(find_nginx() is None)
