"""The description tells the truth: schemathesis makes requests from it, honest and broken ones, and finds nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.schemathesis_hooks import LANGUAGE
from tests.support.server import ROOT, Server

CONFIG = ROOT / "tests" / "support" / "schemathesis.toml"
# The stream of changes has no end; it has tests of its own.
NOT_ASKED = ("--exclude-path", "/api/v1/changes")


def run_schemathesis(server: Server, folder: Path, *options: str) -> None:
    command = (
        sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(CONFIG), "run",
        f"{server.url}/api/v1/openapi.json", *NOT_ASKED, "--phases", "examples,coverage,fuzzing",
        "--header", f"Authorization: Bearer {server.token('lea')}", "--header", f"Accept-Language: {LANGUAGE}",
        *options,
    )  # fmt: skip
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(300)
def test_schemathesis_finds_nothing(own_server: Callable[[], Server], tmp_path: Path) -> None:
    run_schemathesis(own_server(), tmp_path, "--max-examples", "5", "--generation-deterministic")


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_schemathesis_finds_nothing_in_a_long_search(own_server: Callable[[], Server], tmp_path: Path) -> None:
    run_schemathesis(own_server(), tmp_path, "--max-examples", "300")
