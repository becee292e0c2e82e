"""Blobs: bytes that no query looks into, kept as files that are named by what is in them (SHA-256).

The same bytes are kept once; given again, their file is as new. A file is whole or not there: it is written beside its
place, made durable, then renamed. It is written before the transaction that refers to it: what is left over when that
fails does no harm.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

SETTLED_SECONDS = 3600.0
"""Long enough for whoever gave bytes to have written down whose they are."""


def path_of(folder: Path, digest: str) -> Path:
    """Where the bytes with this digest are, or would be."""
    assert len(digest) == 64
    assert digest.isalnum()
    return folder / digest[:2] / digest


def put(folder: Path, content: bytes) -> str:
    """Keep these bytes and return their digest. Blocks: to be called in a thread."""
    digest = hashlib.sha256(content).hexdigest()
    path = path_of(folder, digest)
    with suppress(FileNotFoundError):
        os.utime(path)
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
    return digest


def is_settled(folder: Path, digest: str) -> bool:
    """Whether nobody has given these bytes of late: what refers to them by now is all that will. Blocks."""
    try:
        return path_of(folder, digest).stat().st_mtime < time.time() - SETTLED_SECONDS
    except FileNotFoundError:
        return True


def remove(folder: Path, digest: str) -> None:
    """Keep these bytes no longer; nothing may refer to them any more. Blocks: to be called in a thread."""
    path_of(folder, digest).unlink(missing_ok=True)
