"""What every test may ask for. What a machine lacks is named: a failure where CI=true, elsewhere a skip."""

import faulthandler
import os
import random
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.support.chromium import ARGUMENTS, find_chromium
from tests.support.nginx import find_nginx
from tests.support.node import People, node
from tests.support.postgres import PostgresServer, find_postgres
from tests.support.power import can_trace
from tests.support.redis import find_redis
from tests.support.server import ROOT, Server

# How long a condition may take to come true. How fast it should is measured where speed is the subject.
expect.set_options(timeout=30_000)


# A test is given up after pytest's `timeout`; what it leaves behind may hang as well, and nobody watches over that.
TEARDOWN_SECONDS_MAX = 60


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """End a worker that cannot put away a test, with every thread's stack: the suite goes on and names the test."""
    faulthandler.dump_traceback_later(TEARDOWN_SECONDS_MAX, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def lacking(what: str) -> None:
    """Say what this machine has not got."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def redis_program() -> str:
    """Where a Redis or Valkey is."""
    if (found := find_redis()) is None:
        lacking("no Redis on this machine: install redis-server or valkey-server")
    assert found
    return found


@pytest.fixture(scope="session")
def strace() -> None:
    """There is a strace, and it may look into our processes, which some kernels let nobody do."""
    if shutil.which("strace") is None:
        lacking("no strace on this machine: install strace")
    if not can_trace():
        pytest.skip("this machine lets nobody trace")


@pytest.fixture(scope="session")
def nginx_program() -> str:
    """Where an nginx is."""
    if (found := find_nginx()) is None:
        lacking("no nginx on this machine (on Debian: apt-get install nginx-light)")
    assert found
    return found


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests; each makes a database of its own in it."""
    if (programs := find_postgres()) is None:
        lacking("no PostgreSQL on this machine: install postgresql")
    assert programs
    server = PostgresServer(programs)
    server.initialise()
    server.start()
    yield server
    server.remove()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `both_databases`, a test or a whole file, runs on SQLite and on PostgreSQL."""
    if "backend" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("backend", ["sqlite", "postgresql"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def backend(request: pytest.FixtureRequest) -> str:
    """Which database; SQLite where nothing else was asked for."""
    return getattr(request, "param", "sqlite")


@pytest.fixture(scope="module")
def new_database(backend: str, request: pytest.FixtureRequest) -> Callable[[Path], str]:
    """Give the address of a new, empty database; SQLite's lies in the folder."""
    if backend == "sqlite":
        return lambda folder: f"sqlite:///{folder / 'carnet.db'}"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return lambda folder: postgres.make_database(f"t_{secrets.token_hex(8)}")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The published npm packages."""
    folder = ROOT / "web" / "node_modules"
    assert (folder / "yjs").is_dir(), "web/node_modules is not there; `make test` installs it"
    return folder


@pytest.fixture(scope="session")
def web_dist() -> Path:
    """The built browser client."""
    folder = ROOT / "web" / "dist"
    assert (folder / "index.html").is_file(), "web/dist is not built; `make test` builds it"
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The demo team's data and tokens, made once; every test's server runs on a copy."""
    server = Server(tmp_path_factory.mktemp("demo") / "data")
    server.carnet("demo")
    for name in ("lea", "tom", "mia"):
        server.token(name)
    return server


DEMO_DATABASE = "carnet_demo"


@pytest.fixture(scope="session")
def demo_on_postgres(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The same on PostgreSQL; a test's server runs on a copy of its database."""
    url = postgres.make_database(DEMO_DATABASE)
    server = Server(tmp_path_factory.mktemp("demo") / "data", environment={"CARNET_DATABASE_URL": url})
    server.carnet("demo")
    for name in ("lea", "tom", "mia"):
        server.token(name)
    return server


@pytest.fixture
def demo_copy(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Server:
    """A server over a copy of the demo team's data, on whichever database; not started."""
    if backend == "sqlite":
        original: Server = request.getfixturevalue("demo")
        return original.copy(tmp_path / "data")
    original = request.getfixturevalue("demo_on_postgres")
    postgres: PostgresServer = request.getfixturevalue("postgres")
    url = postgres.make_database(f"demo_{secrets.token_hex(8)}", DEMO_DATABASE)
    return Server(tmp_path / "data", environment={"CARNET_DATABASE_URL": url}, tokens=dict(original.tokens))


@pytest.fixture(scope="session")
def carnet_server(demo: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server, shared by every test that neither stops nor overloads it."""
    server = demo.copy(tmp_path_factory.mktemp("carnet") / "data")
    server.start()
    yield server
    assert server.process is not None, "somebody stopped the shared server"
    assert server.process.poll() is None, f"the shared server died:\n{server.log()}"
    server.stop()


@pytest.fixture
def own_server(demo: Server, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers of one's own, to kill and restart, with another `command` perhaps; they end with the test."""
    servers: list[Server] = []

    def start(**changes: Any) -> Server:
        server = replace(demo.copy(tmp_path / f"carnet-{len(servers)}"), **changes)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        if server.process is not None:
            server.kill()


@pytest.fixture
async def people(node_modules: Path) -> AsyncIterator[People]:
    """Clients made of the published npm packages, in one Node process."""
    async with node("people.mjs") as running:
        yield People(running)


@pytest.fixture
async def browser(web_dist: Path) -> AsyncIterator[Browser]:
    """A real Chromium."""
    executable = find_chromium()
    if executable is None:
        lacking("there is no Chromium on this machine (on Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield running
        await running.close()


@pytest.fixture
def chance() -> random.Random:
    """Randomness that can be had again: CARNET_SEED sets the seed, every run prints it."""
    seed = int(os.environ.get("CARNET_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CARNET_SEED={seed}")
    return random.Random(seed)
