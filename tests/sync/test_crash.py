"""The points at which a process can be told to die: each can be named by the environment, and is passed somewhere."""

import re
import subprocess
import sys

import pytest

from sync.crash import POINTS
from tests.support.server import ROOT

PASS_FIVE_TIMES = """
from sync import crash
for n in range(1, 6):
    crash.passing("folding")
    crash.passing("thinning")
    print(n, flush=True)
"""


def passing(armed: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", PASS_FIVE_TIMES],
        env={"CARNET_CRASH": armed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_it_dies_the_third_time_it_passes_there() -> None:
    ended = passing("thinning:3")
    assert (ended.returncode, ended.stdout.split()) == (-9, ["1", "2"])


@pytest.mark.parametrize("armed", ["", "settling:1", "folding:6"])
def test_it_lives_where_nothing_else_was_asked_for(armed: str) -> None:
    ended = passing(armed)
    assert (ended.returncode, ended.stdout.split()) == (0, ["1", "2", "3", "4", "5"])


@pytest.mark.parametrize("armed", ["nowhere:1", "folding", "folding:0", "folding:-1", "folding:x"])
def test_a_point_that_does_not_exist_is_an_error(armed: str) -> None:
    ended = passing(armed)
    assert ended.returncode == 1
    assert f"CARNET_CRASH: expected one of before-commit, {', '.join(POINTS[1:])}" in ended.stderr


def test_every_point_is_passed_in_one_place() -> None:
    engine = "\n".join(file.read_text() for file in (ROOT / "sync").glob("*.py"))
    assert sorted(re.findall(r'crash\.passing\("([\w-]+)"\)', engine)) == sorted(POINTS)
