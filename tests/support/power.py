"""What a disk holds when the power goes: a server's writes to its SQLite files, as strace saw them.

What was written before the start of an fsync of the same file that has ended is there. Of what was written since, each
write is there, is lost or is torn between two sectors, by chance: caches keep no order.
"""

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "pwrite64,ftruncate,fsync,fdatasync,unlink"
LONGEST_WRITE_BYTES = 1 << 20
SECTOR_BYTES = 512
SHARED_MEMORY = "-shm"  # never read after a crash

STRING = r'"(?P<{0}>(?:\\x[0-9a-f]{{2}})*)"'
ON_FILE = re.compile(
    r"(?P<at>\d+\.\d+) (?P<call>\w+)\(\d+<(?P<path>(?:\\x[0-9a-f]{2})+)>(?:, (?P<rest>.*))?\) = \d+ <(?P<took>[\d.]+)>"
)
WRITTEN = re.compile(STRING.format("data") + r", (?P<size>\d+), (?P<offset>\d+)")
UNLINKED = re.compile(r"(?P<at>\d+\.\d+) unlink\(" + STRING.format("path") + r"\) = 0 <(?P<took>[\d.]+)>")


def can_trace() -> bool:
    """Whether there is a strace that may look into a process of its own."""
    strace = shutil.which("strace")
    return (
        strace is not None and subprocess.run([strace, "-qq", "-e", "trace=none", "true"], check=False).returncode == 0
    )


def traced(command: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """The command, watched by a strace that is not its parent: whoever kills it, kills the server."""
    folder.mkdir()
    whom, what = ["-D", "-f", "--seccomp-bpf", "-e", f"trace={CALLS}"], ["-s", str(LONGEST_WRITE_BYTES), "-xx"]
    return ("strace", *whom, *what, "-y", "-ttt", "-T", "-ff", "-o", str(folder / "calls"), *command)


def is_traced(folder: Path) -> bool:
    """Whether a strace still writes there (Linux tells)."""
    for told in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = told.read_bytes().split(b"\0")
            if words[0] == b"strace" and bytes(folder / "calls") in words:
                return True
    return False


@dataclass(frozen=True, slots=True)
class Call:
    """One that has ended; times in seconds since 1970."""

    name: str
    began: float
    ended: float
    path: str
    data: bytes = b""
    offset: int = 0  # or the length that a file is cut to


@dataclass(slots=True)
class Disk:
    """Files of a folder as they were before the first call, and what has been done to them since."""

    before: dict[str, bytes]
    calls: list[Call] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path, pattern: str) -> "Disk":
        """As it is now, while nobody writes."""
        return cls({str(path): path.read_bytes() for path in folder.glob(pattern)})

    def read(self, traces: Path, stem: str) -> None:
        """What strace wrote of files whose path begins so."""
        self.calls = sorted(
            (call for trace in traces.iterdir() for call in _calls(trace) if call.path.startswith(stem)),
            key=lambda call: call.began,
        )

    def after_power_cut(self, at: float, chance: random.Random) -> dict[str, bytes]:
        """What each file holds if the power went then."""
        synced: dict[str, float] = {}
        for call in self.calls:
            if call.name in ("fsync", "fdatasync") and call.ended <= at:
                synced[call.path] = max(call.began, synced.get(call.path, 0.0))
        files = {path: bytearray(held) for path, held in self.before.items()}
        for call in self.calls:
            if call.began > at:
                break
            is_safe = call.ended <= synced.get(call.path, 0.0)
            _apply(files, call, "kept" if is_safe else chance.choice(["kept", "lost", "torn"]), chance)
        return {path: bytes(held) for path, held in files.items()}


def _apply(files: dict[str, bytearray], call: Call, fate: str, chance: random.Random) -> None:
    if call.name == "unlink":  # SQLite syncs the folder behind it
        files.pop(call.path, None)
        return
    if fate == "lost":
        return
    held = files.setdefault(call.path, bytearray())
    if call.name == "ftruncate":
        del held[call.offset :]
        held.extend(bytes(call.offset - len(held)))
    elif call.name == "pwrite64":
        data = call.data
        if fate == "torn":
            first = SECTOR_BYTES - call.offset % SECTOR_BYTES
            data = data[: chance.choice([0, *range(first, len(data), SECTOR_BYTES)])]
        end = call.offset + len(data)
        held.extend(bytes(max(0, end - len(held))))
        held[call.offset : end] = data


def _calls(trace: Path) -> Iterator[Call]:
    for line in trace.read_text().splitlines():
        if found := UNLINKED.fullmatch(line):
            yield Call("unlink", *_times(found), _bytes(found["path"]).decode())
        elif found := ON_FILE.fullmatch(line):
            path = _bytes(found["path"]).decode()
            if path.endswith(SHARED_MEMORY):
                continue
            call = found["call"]
            if call == "pwrite64":
                written = WRITTEN.fullmatch(found["rest"])
                assert written, f"a write that was not told whole: {line[:200]}"
                yield Call(call, *_times(found), path, _bytes(written["data"]), int(written["offset"]))
            else:
                yield Call(call, *_times(found), path, offset=int(found["rest"] or 0))


def _times(found: re.Match[str]) -> tuple[float, float]:
    began = float(found["at"])
    return began, began + float(found["took"])


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))
