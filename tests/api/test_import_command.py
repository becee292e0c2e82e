"""`carnet import`: whose doing it is, what it says, and that it settles nobody's notes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("CARNET_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CARNET_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CARNET_PASSWORD", "long enough")
    return tmp_path


def carnet(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_an_address_book_is_imported_with_progress_and_a_report_and_twice_is_once(data_dir: Path) -> None:
    assert carnet("user", "add", "ann@carnet.test", "--name", "Ann", "--role", "admin")[0] == 0
    status, said, told = carnet("import", str(FIXTURES / "broken.vcf"))
    assert (status, said) == (0, "done: 2 made, 0 there already, 5 refused\n")
    assert "100 %  2 made, 0 there already, 5 refused" in told
    assert "line 7: Theo Torn: The card has no end." in told
    assert carnet("import", str(FIXTURES / "broken.vcf"))[1] == "done: 0 made, 2 there already, 5 refused\n"


def test_a_file_without_contacts_is_refused_with_the_reason(data_dir: Path, tmp_path: Path) -> None:
    carnet("user", "add", "ann@carnet.test", "--name", "Ann", "--role", "admin")
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all,\n")
    status, said, told = carnet("import", str(letter))
    assert status == 1
    assert said.startswith("failed:")
    assert "Neither vCards nor a CSV file" in told


@pytest.mark.parametrize("role", ["", "viewer"])
def test_somebody_must_be_there_who_may_make_contacts(data_dir: Path, role: str) -> None:
    if role:
        carnet("user", "add", "ann@carnet.test", "--name", "Ann", "--role", role)
    arguments = ("--as", "ann@carnet.test") if role else ()
    status, _, told = carnet("import", str(FIXTURES / "google.vcf"), *arguments)
    assert status == 1
    assert "may make contacts" in told or "no admin yet" in told
