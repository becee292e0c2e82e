"""Recorded writing sessions, for people.mjs to replay."""

import os
from pathlib import Path
from typing import Any


def recording(name: str) -> dict[str, Any]:
    """A recorded session where CARNET_TRACES says they are, else one made from a seed."""
    file = Path(os.environ.get("CARNET_TRACES", "")) / f"{name}.json.gz"
    return {"file": str(file)} if file.is_file() else {"seed": 20}
