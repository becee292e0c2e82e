"""A toy kind of document with admission: a map whose `age` is a whole number. Runs in workers too."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any

from sync.kinds import Problem, Schema, Verdict
from sync.tree import Element

TOY_SCHEMA = Schema(roots={"properties": "map"})


def admit_toy(before: Mapping[str, Any], after: Mapping[str, Any]) -> Verdict:
    """`age` must be a number; what is not is put back to what it was."""
    age = after.get("age")
    corrections: dict[str, Any] = {}
    problems: tuple[Problem, ...] = ()
    if age is not None and not isinstance(age, int | float):
        corrections, problems = {"age": before.get("age")}, (Problem("age", "number", "An age is a number."),)
    keys = (before.keys() | after.keys()) - corrections.keys()
    changes = {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}
    return Verdict(changes, corrections, problems)


def draw_toy(tree: Element) -> dict[str, int]:
    """Which process drew it, and how many blocks it had."""
    return {"process": os.getpid(), "blocks": len(tree.children)}


def draw_fragile(tree: Element) -> str:
    """Ends its process over a certain word."""
    words = "".join(run.text for block in tree.children for run in block.children)  # type: ignore[union-attr]
    if "poison" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    return words


def die() -> None:
    """End the process without a word."""
    os.kill(os.getpid(), signal.SIGKILL)
