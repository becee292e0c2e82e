"""Where this machine keeps a Chromium; `python -m tests.support.chromium` exits with 1 when it keeps none."""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """The first of CHROMIUM, the usual names on PATH, and the Mac's place."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), str(MAC) if MAC.exists() else None]
    return next(filter(None, found), None)


if __name__ == "__main__":
    sys.exit(find_chromium() is None)
