"""What the tests of whole servers ask for."""

from collections.abc import Iterator

import pytest

from tests.support.redis import RedisServer
from tests.support.server import Server


@pytest.fixture
def redis(redis_program: str) -> Iterator[RedisServer]:
    server = RedisServer(redis_program)
    server.start()
    yield server
    if server.process:
        server.thaw()
        server.kill()


@pytest.fixture
def pair(demo_copy: Server, redis: RedisServer) -> Iterator[tuple[Server, Server]]:
    first = demo_copy
    first.environment |= {"CARNET_REDIS_URL": redis.url, "CARNET_SECRET": "s" * 32}
    second = Server(first.data_dir, first.command, environment=first.environment, tokens=first.tokens)
    for server in (first, second):
        server.start()
    yield first, second
    for server in (first, second):
        if server.process:
            server.stop()
