"""What processes use of a machine, as Linux tells it."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in tree(int(child)))]


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time that the trees of these processes have used."""
    ticks = 0
    for pid in pids:
        for one in tree(pid):
            after_name = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(after_name[11]) + int(after_name[12])
    return ticks / TICKS


def memory_bytes(pids: Sequence[int]) -> int:
    """Their proportional share of memory (what is shared is counted once)."""
    found = 0
    for pid in pids:
        for one in tree(pid):
            with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
                found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return found
