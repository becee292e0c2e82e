"""The WebSocket protocol that uvicorn runs for us: data frames take a short way, everything else the library's.

A whole, masked, binary frame, which nearly every frame is, goes from the bytes of TCP to the reader of the socket, and
a frame to send straight to the transport: no event, no queue of ASGI, no task in between. Handshakes, control frames,
fragments, text and whatever is wrong go to the full parser, whole frame by whole frame, so that it always stands
between two frames when the short way is taken. The socket finds its protocol in the scope, under `EXTENSION`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.speedups import apply_mask

EXTENSION = "carnet.frames"
PING_SECONDS = 20.0
FIN, BINARY, CLOSE = 0x80, 0x02, 0x08
MASKED = 0x80
LENGTH_16, LENGTH_64 = 126, 127
INBOX_BYTES_MAX = 64 * 1024
"""So much is read ahead of the reader; then TCP holds the sender back."""


class Latch:
    """Open, or shut until somebody opens it: an `asyncio.Event`, which holds 700 bytes for those who may wait."""

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        self._opened: asyncio.Future[None] | None = None

    def is_set(self) -> bool:
        """Whether it is open."""
        return self._opened is None

    def clear(self) -> None:
        """Shut it."""
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()

    def set(self) -> None:
        """Open it: whoever waits goes on."""
        if self._opened:
            self._opened.set_result(None)
            self._opened = None

    async def wait(self) -> None:
        """Return when it is open."""
        while self._opened:
            await asyncio.wait([self._opened])


class Inbox:
    """What came in and was not read yet: frames as bytes, whatever else as events of ASGI. One reader."""

    __slots__ = ("_items", "_reader", "size_bytes")

    def __init__(self) -> None:
        self._items: list[bytes | dict[str, Any]] = []  # mostly empty, and a deque takes 700 bytes for that
        self._reader: asyncio.Future[None] | None = None
        self.size_bytes = 0

    def put_nowait(self, item: bytes | dict[str, Any]) -> None:
        """Add an item at the end."""
        self._items.append(item)
        if isinstance(item, bytes):
            self.size_bytes += len(item)
        if self._reader and not self._reader.done():
            self._reader.set_result(None)

    def filled(self) -> asyncio.Future[None]:
        """Done as soon as there is an item in it, which is empty now."""
        self._reader = asyncio.get_running_loop().create_future()
        return self._reader

    def get_nowait(self) -> bytes | dict[str, Any]:
        """The oldest item."""
        item = self._items.pop(0)
        if isinstance(item, bytes):
            self.size_bytes -= len(item)
        return item

    def empty(self) -> bool:
        """Whether everything was read."""
        return not self._items


class FrameProtocol(WebSocketsSansIOProtocol):
    """One connection from its handshake to its end."""

    # What the library keeps of a connection, and we: 40 names take 1.6 kB in a dictionary.
    __slots__ = (
        *("config", "app", "loop", "logger", "root_path", "asgi_version", "app_state"),
        *("connections", "tasks", "default_headers", "transport", "server", "client", "scheme"),
        *("queue", "handshake_initiated", "handshake_complete", "close_sent", "disconnected"),
        *("close_timer", "close_timeout", "initial_response", "conn", "read_paused", "writable"),
        *("ping_interval", "ping_timeout", "ping_timer", "pong_timer", "pending_ping_payload"),
        *("ping_sent_at", "last_ping_rtt", "frames", "curr_msg_data_type", "request", "response", "scope"),
        *("_rest", "_rest_bytes_min", "_given_up"),
    )

    queue: Inbox  # type: ignore[assignment]
    writable: Latch  # type: ignore[assignment]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.queue = Inbox()
        self.writable = Latch()
        self._rest = bytearray()  # the beginning of a frame
        self._rest_bytes_min = 0  # there is nothing to be read in it before it has so many
        self._given_up = False

    # --- in ---

    def handle_connect(self, event: Request) -> None:
        """The scope that the application sees names us; its task starts after this."""
        super().handle_connect(event)
        if self.handshake_complete:
            return  # refused
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        """Bytes of TCP, cut anywhere."""
        if not self.handshake_initiated or self._given_up:
            super().data_received(data)
            return
        if self._rest:
            self._rest += data
            if len(self._rest) < self._rest_bytes_min:
                return
            data = bytes(self._rest)
            self._rest.clear()
        self._rest_bytes_min = 0
        rest = data[self._take_frames(data) :]
        if rest and self._given_up:
            super().data_received(rest)
        else:
            self._rest += rest

    def _take_frames(self, data: bytes) -> int:
        """Take the whole frames at the start of `data`; the number of bytes they had."""
        at, end = 0, len(data)
        while end - at >= 2 and not self._given_up:
            first, second = data[at], data[at + 1]
            length, body = second & 0x7F, at + 2
            if length == LENGTH_16:
                body += 2
                if body > end:
                    break
                length = int.from_bytes(data[at + 2 : body])
            elif length == LENGTH_64:
                body += 8
                if body > end:
                    break
                length = int.from_bytes(data[at + 2 : body])
            if not second & MASKED or length > self.config.ws_max_size:
                self._given_up = True  # the full parser says what is wrong, and nothing after it is read by us
                break
            body += 4
            after = body + length
            if after > end:
                self._rest_bytes_min = after - at
                break
            if first == FIN | BINARY and self._between_messages:
                self._take(apply_mask(data[body:after], data[body - 4 : body]))
            else:
                super().data_received(data[at:after])
                self._given_up = self.conn.parser_exc is not None or first & 0x0F == CLOSE
            at = after
        return at

    @property
    def _between_messages(self) -> bool:
        """The connection is open, and no message of several frames is under way."""
        return self.conn.state is OPEN and self.conn.current_size is None

    def _take(self, frame: bytes) -> None:
        if self.close_sent:
            return
        self.queue.put_nowait(frame)
        if self.queue.size_bytes > INBOX_BYTES_MAX and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    async def next_frame(self) -> bytes | dict[str, Any]:
        """A binary frame, or an event of ASGI: text, or the end."""
        while self.queue.empty():
            await self.queue.filled()
        item = self.queue.get_nowait()
        if self.read_paused and self.queue.size_bytes * 2 <= INBOX_BYTES_MAX:
            self.read_paused = False
            self.transport.resume_reading()
        return item

    async def receive(self) -> Any:
        """What applications of ASGI see."""
        item = await self.next_frame()
        return {"type": "websocket.receive", "bytes": item} if isinstance(item, bytes) else item

    # --- out ---

    async def send(self, message: Any) -> None:
        """What applications of ASGI say. Once it is accepted, nobody asks for the handshake again."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            self.ping_sent_at = self.loop.time()
            self.request.headers.clear()  # the parser holds on to it
            del self.request, self.response

    # --- is anybody there? ---

    def keep_alive(self, now: float) -> None:
        """Ping an open socket from time to time; who has not answered when the next ping is due is gone.

        For all sockets together one timer calls this (serve.py): one for each, as in the library, takes 700 bytes.
        """
        if now - self.ping_sent_at < PING_SECONDS or not self.handshake_complete:
            return
        if self.pending_ping_payload is None:
            self.send_keepalive_ping()
        else:
            self.keepalive_timeout()

    def schedule_ping(self) -> None:
        """`keep_alive` does that."""

    def offer(self, frame: bytes) -> bool:
        """Write a binary frame; False while the other side does not read as fast. True once it is gone."""
        if not self.writable.is_set():
            return False
        if self.close_sent or self.disconnected or self.conn.state is not OPEN:
            return True
        length = len(frame)
        if length < LENGTH_16:
            head = bytes((FIN | BINARY, length))
        elif length < 1 << 16:
            head = bytes((FIN | BINARY, LENGTH_16)) + length.to_bytes(2)
        else:
            head = bytes((FIN | BINARY, LENGTH_64)) + length.to_bytes(8)
        self.transport.write(head + frame)
        return True
