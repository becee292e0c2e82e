"""Run a command unless what it depends on is as it was when the command last succeeded.

    python .ci/when_changed.py STAMP FILE_OR_FOLDER ... -- COMMAND ...

The stamp holds a hash of the names and contents; make would compare times, which a checkout, a copy or a deleted file
make lie, and a stale client would be served. A stamp lies inside what the command makes, so it goes when that goes.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

NOT_SOURCES = {"node_modules", "dist", "__pycache__"}


def sources(paths: list[str]) -> list[Path]:
    """Every file named, and every file under a folder named, in one order on every machine."""
    found: list[Path] = []
    for path in map(Path, paths):
        inside = [path] if path.is_file() else path.rglob("*")
        found += [file for file in inside if file.is_file() and not NOT_SOURCES.intersection(file.parts)]
    return sorted(found)


def fingerprint(paths: list[str], command: list[str]) -> str:
    """One hash of the command and of all it depends on."""
    digest = hashlib.sha256(repr(command).encode())
    for file in sources(paths):
        digest.update(f"\n{file.as_posix()}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def main(stamp: Path, paths: list[str], command: list[str]) -> int:
    """Run the command if it must be, keep the stamp if it went well; answer its exit code."""
    wanted = fingerprint(paths, command)
    if stamp.is_file() and stamp.read_text().strip() == wanted:
        return 0
    code = subprocess.call(command)
    if code == 0:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(f"{wanted}\n")
    return code


if __name__ == "__main__":
    cut = sys.argv.index("--")
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:cut], sys.argv[cut + 1 :]))
