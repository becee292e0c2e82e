"""The command line: in processes of its own beside a running server, and for what it refuses in this one."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import app
from tests.support.server import CLI, DEMO_PASSWORD, ROOT, Server

PASSWORD = "a long enough word"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a verb did."""

    code: int
    out: str
    err: str


def carnet(folder: Path, *arguments: str, given: str = "", **environment: str) -> Ran:
    """Run a verb on the data of `folder`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CARNET_")}
    done = subprocess.run(
        [*CLI, *arguments],
        cwd=ROOT,
        env={**inherited, "CARNET_DATA_DIR": str(folder), **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def verb(folder: Path, *arguments: str, **environment: str) -> Ran:
    """The same in this process, which is quicker: for verbs that no server needs to hear of."""
    environment = {name: "" for name in os.environ if name.startswith("CARNET_")} | environment
    done = CliRunner().invoke(app, arguments, env={**environment, "CARNET_DATA_DIR": str(folder)})
    assert isinstance(done.exception, SystemExit | None), done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def test_an_account_made_beside_a_server_signs_in_there_at_once(carnet_server: Server) -> None:
    folder = carnet_server.data_dir
    made = carnet(
        folder, "user", "add", "Ada@Carnet.TEST", "--name", "Ada", "--role", "viewer", CARNET_PASSWORD=PASSWORD
    )
    assert made.code == 0, made.err
    token = carnet(folder, "token", "ada@carnet.test").out.split()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    me = httpx.get(f"{carnet_server.url}/api/v1/me", headers=headers).json()
    assert (me["email"], me["name"], me["role"]) == ("ada@carnet.test", "Ada", "viewer")
    body = {"email": "ada@carnet.test", "password": PASSWORD}
    assert httpx.post(f"{carnet_server.url}/api/v1/session", json=body).status_code == 200
    again = carnet(folder, "user", "add", "ada@carnet.test", "--name", "Ada", CARNET_PASSWORD=PASSWORD)
    assert again.code == 1
    assert "there is an account" in again.err


def test_a_password_may_come_on_standard_input(tmp_path: Path) -> None:
    made = carnet(
        tmp_path, "user", "add", "ada@carnet.test", "--name", "Ada", "--password-stdin", given=f"{PASSWORD}\n"
    )
    assert made.code == 0, made.err
    assert PASSWORD not in made.out + made.err


@pytest.mark.parametrize(
    ("arguments", "password", "told"),
    [
        (("ada", "--name", "Ada"), PASSWORD, "e-mail"),
        (("ada@carnet.test", "--name", " "), PASSWORD, "name"),
        (("ada@carnet.test", "--name", "Ada"), "short", "password"),
        (("ada@carnet.test", "--name", "Ada"), DEMO_PASSWORD, "password"),
        (("ada@carnet.test", "--name", "Ada", "--role", "owner"), PASSWORD, "role"),
        (("ada@carnet.test",), PASSWORD, "name"),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], password: str, told: str
) -> None:
    refused = verb(tmp_path, "user", "add", *arguments, CARNET_PASSWORD=password)
    assert refused.code != 0
    assert told in refused.err.lower()


def test_a_token_for_nobody_is_refused(tmp_path: Path) -> None:
    refused = verb(tmp_path, "token", "nobody@carnet.test")
    assert (refused.code, refused.out) == (1, "")
    assert "nobody@carnet.test" in refused.err


def test_migrating_says_what_it_did(tmp_path: Path) -> None:
    assert "from empty to" in verb(tmp_path, "migrate").out
    assert "is at" in verb(tmp_path, "migrate").out


def test_the_demo_serves_on_a_loopback_address_only(tmp_path: Path) -> None:
    refused = verb(tmp_path, "serve", "--demo", "--host", "192.0.2.1", "--port", "0")
    assert refused.code == 1
    assert "loopback" in refused.err


def test_the_demo_password_is_served_on_a_loopback_address_only(demo: Server, tmp_path: Path) -> None:
    folder = demo.copy(tmp_path / "data").data_dir
    refused = verb(folder, "serve", "--host", "192.0.2.1", "--port", "0")
    assert refused.code == 1
    assert "lea@carnet.test" in refused.err


@pytest.mark.parametrize(
    ("name", "value"), [("CARNET_PUBLIC_URL", "carnet.example"), ("CARNET_DATABASE_URL", "mysql://localhost/x")]
)
def test_a_setting_that_cannot_be_is_named(tmp_path: Path, name: str, value: str) -> None:
    refused = verb(tmp_path, "migrate", **{name: value})
    assert refused.code == 1
    assert name in refused.err


def test_the_demo_fills_in_beside_a_running_server(own_server: Callable[..., Server]) -> None:
    server = own_server()
    assert "lea@carnet.test" in server.carnet("demo")
