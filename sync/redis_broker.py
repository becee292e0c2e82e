"""The broker between processes: Redis (or Valkey) pub/sub, one connection to speak and one to listen.

Redis is a wire. It may be down, slow, emptied, lie, lose, double and reorder: what is missed is read from the log, as
the subscription begins, when it begins anew, and in every sweep. So nothing here retries a message, and nobody waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from anyio import create_task_group
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sync import crash
from sync.broker import Committed, Control, DocumentMessage, Message, Missed
from sync.errors import Malformed
from sync.limits import Limits
from sync.wire import read_message, write_message

log = logging.getLogger(__name__)

DOCUMENT = b"carnet:document:"
CONTROL = b"carnet:control"
EVERYTHING = b"carnet:*"
TROUBLE = (RedisError, OSError, asyncio.TimeoutError)


class RedisBroker:
    """One process's end. `secret` is known to every node and to nobody else.

    async with RedisBroker(url, node, secret, limits) as broker: ...
    """

    def __init__(self, url: str, node: str, secret: bytes, limits: Limits) -> None:
        self.node = node
        self._secret, self._limits = secret, limits
        self._redis = Redis.from_url(
            url,
            socket_timeout=limits.wire_seconds_max,
            socket_connect_timeout=limits.wire_seconds_max,
            retry=Retry(NoBackoff(), 0),
        )
        self._waiting: deque[tuple[bytes, bytes]] = deque()
        self._waiting_bytes = 0
        self._speak = asyncio.Event()
        self._receivers: dict[str, Callable[[DocumentMessage], None]] = {}
        self._listeners: dict[str, Callable[[], None]] = {}
        self._wanted: dict[str, None] = {}  # names whose subscription is to be looked after
        self._want = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._asked_at: float | None = None  # when the sign was asked for that has not come
        self._answered_in = 0.0

    async def __aenter__(self) -> RedisBroker:
        loops = (self._speaking, self._listening)
        self._tasks = [asyncio.create_task(self._forever(loop), name=loop.__qualname__) for loop in loops]
        return self

    async def __aexit__(self, *error: Any) -> None:
        """What waits is still said, as far as it goes at once."""
        with suppress(*TROUBLE):
            async with asyncio.timeout(self._limits.wire_seconds_max):
                await self._say_waiting()
        # The client swallows a cancellation that comes together with an answer: it is said until it is heard.
        going = set(self._tasks)
        while going:
            for task in going:
                task.cancel()
            _, going = await asyncio.wait(going, timeout=self._limits.wire_pause_seconds_min)
        await self._redis.aclose()

    @property
    def lag_seconds(self) -> float:
        """How long Redis took to answer last on the connection that listens; while it is away, how long that lasts."""
        waited = 0.0 if self._asked_at is None else time.monotonic() - self._asked_at
        return max(self._answered_in, waited)

    # --- the contract ---

    def publish(self, message: Message) -> None:
        """Queue a message. What is too large is left to the log; of a queue that is too long nothing is said."""
        if isinstance(message, Committed):
            size_bytes = sum(len(row.update) for row in message.rows)
            if size_bytes > self._limits.wire_message_bytes_max:
                message = replace(message, rows=())
        channel = CONTROL if isinstance(message, Control) else DOCUMENT + message.name.encode()
        frame = write_message(message, channel, self._secret)
        if self._waiting_bytes + len(frame) > self._limits.wire_waiting_bytes_max:
            self._waiting.clear()
            self._waiting_bytes = 0
        self._waiting.append((channel, frame))
        self._waiting_bytes += len(frame)
        self._speak.set()

    def subscribe(self, name: str, receive: Callable[[DocumentMessage], None]) -> None:
        """Call `receive` for other nodes' messages about `name`, `Missed` first."""
        self._receivers[name] = receive
        self._look_after(name)

    def unsubscribe(self, name: str) -> None:
        """Stop receiving about `name`."""
        self._receivers.pop(name, None)
        self._look_after(name)

    def listen(self, word: str, receive: Callable[[], None]) -> None:
        """Call `receive` when another node says this word, and when words may have been missed."""
        self._listeners[word] = receive

    def _look_after(self, name: str) -> None:
        self._wanted[name] = None
        self._want.set()

    # --- speaking ---

    async def _forever(self, work: Callable[[], Any]) -> None:
        """Again and again; while Redis is away each try is a little later than the last, up to a bound."""
        shortest, longest = self._limits.wire_pause_seconds_min, self._limits.wire_pause_seconds_max
        pause = shortest
        while True:
            began = time.monotonic()
            try:
                await work()
            except TROUBLE as error:
                log.warning("redis: %s: %s", type(error).__name__, error)
                pause = shortest if time.monotonic() - began > longest else min(2 * pause, longest)
                await asyncio.sleep(pause)

    async def _speaking(self) -> None:
        await self._speak.wait()
        self._speak.clear()
        await self._say_waiting()

    async def _say_waiting(self) -> None:
        """Everything that waits, in one round trip. What fails is not said again."""
        said, self._waiting, self._waiting_bytes = self._waiting, deque(), 0
        if said:
            crash.passing("before-publish")
            pipeline = self._redis.pipeline(transaction=False)
            for channel, frame in said:
                pipeline.publish(channel, frame)
            await pipeline.execute(raise_on_error=False)

    # --- listening ---

    async def _listening(self) -> None:
        """One subscription, from its beginning to its end. Raises when the connection is lost or gives no sign."""
        pubsub = self._redis.pubsub()
        self._asked_at = self._asked_at or time.monotonic()
        try:
            await pubsub.subscribe(CONTROL)
            for listener in self._listeners.values():
                listener()
            self._wanted.update(dict.fromkeys(self._receivers))
            self._want.set()
            async with create_task_group() as tasks:  # anyio's: it cancels again and again, see __aexit__
                tasks.start_soon(self._keep_subscribed, pubsub)
                tasks.start_soon(self._keep_alive, pubsub)
                while True:
                    self._hear(await self._next(pubsub))
        except* TROUBLE as group:
            raise group.exceptions[0] from None
        finally:
            with suppress(*TROUBLE):
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _next(self, pubsub: PubSub) -> dict[str, Any] | None:
        async with asyncio.timeout(2 * self._limits.wire_ping_seconds):
            message: dict[str, Any] | None = await pubsub.get_message(timeout=None)
        return message

    async def _keep_subscribed(self, pubsub: PubSub) -> None:
        while True:
            await self._want.wait()
            self._want.clear()
            names, self._wanted = list(self._wanted), {}
            wanted = [DOCUMENT + name.encode() for name in names if name in self._receivers]
            unwanted = [DOCUMENT + name.encode() for name in names if name not in self._receivers]
            if wanted:
                await pubsub.subscribe(*wanted)
            if unwanted:
                await pubsub.unsubscribe(*unwanted)

    async def _keep_alive(self, pubsub: PubSub) -> None:
        """A connection that was cut without a word gives no sign: ask for one."""
        while True:
            await pubsub.ping()
            await asyncio.sleep(self._limits.wire_ping_seconds)
            self._asked_at = self._asked_at or time.monotonic()

    def _hear(self, message: dict[str, Any] | None) -> None:
        if message is None or message["type"] not in ("message", "subscribe"):
            if message and message["type"] == "pong" and self._asked_at is not None:
                self._answered_in, self._asked_at = time.monotonic() - self._asked_at, None
            return
        channel: bytes = message["channel"]
        name = channel.removeprefix(DOCUMENT).decode()
        receive = self._receivers.get(name)
        if message["type"] == "subscribe":
            if receive:
                receive(Missed(name))
            return
        try:
            heard = read_message(message["data"], channel, name, self._secret)
        except Malformed as error:
            log.warning("redis: %s, on %s", error, channel.decode())
            return
        if isinstance(heard, Control):
            if heard.node != self.node and (listener := self._listeners.get(heard.word)):
                listener()
        elif receive and not isinstance(heard, Missed) and heard.node != self.node:
            receive(heard)
