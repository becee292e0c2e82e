"""Our WebSocket protocol says and hears what the library's does, however TCP cuts the bytes."""

import asyncio
import random
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from api.transport import EXTENSION, INBOX_BYTES_MAX, PING_SECONDS, FrameProtocol

MESSAGE_BYTES_MAX = 70_000
UPGRADE = (
    b"GET /sync HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FIN = 0x80


class Wire(asyncio.Transport):
    """The other side: keeps what is written, and whether reading is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = self.paused = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Served:
    """One connection under a protocol, and an application that keeps what it is told."""

    def __init__(self, protocol: type[WebSocketsSansIOProtocol]) -> None:
        self.heard: list[Any] = []
        self.scope: dict[str, Any] = {}
        self.accepted = asyncio.Event()
        config = uvicorn.Config(
            self._application,
            interface="asgi3",
            ws=protocol,
            ws_max_size=MESSAGE_BYTES_MAX,
            ws_per_message_deflate=False,
            log_config=None,
        )
        config.load()
        self.wire = Wire()
        self.protocol = protocol(config=config, server_state=ServerState(), app_state={})
        self.protocol.connection_made(self.wire)

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        await receive()
        await send({"type": "websocket.accept"})
        self.accepted.set()
        while True:
            event = await receive()
            self.heard.append(event.get("bytes", event.get("text", event["type"])))
            if event["type"] == "websocket.disconnect":
                return

    async def upgrade(self) -> None:
        self.protocol.data_received(UPGRADE)
        await self.accepted.wait()
        self.wire.written.clear()

    async def rest(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


def masked(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin=fin).serialize(mask=True)


SIZES = st.sampled_from([0, 1, 7, 125, 126, 127, 300, 65_535, 65_536, 66_000, 80_000])
PAYLOAD = st.builds(lambda size, seed: random.Random(seed).randbytes(size), SIZES, st.integers(0, 99))
WHOLE = st.builds(lambda payload: masked(Opcode.BINARY, payload), PAYLOAD)
IN_PARTS = st.builds(
    lambda first, ping, last: (
        masked(Opcode.BINARY, first, fin=False) + masked(Opcode.PING, ping) + masked(Opcode.CONT, last)
    ),
    st.binary(max_size=200), st.binary(max_size=20), st.binary(max_size=200),
)  # fmt: skip
OTHER = st.one_of(
    st.builds(lambda text: masked(Opcode.TEXT, text.encode()), st.text(max_size=20)),
    st.builds(lambda payload: masked(Opcode.PING, payload), st.binary(max_size=20)),
    st.builds(lambda payload: masked(Opcode.PONG, payload), st.binary(max_size=20)),
)
WRONG = st.sampled_from(
    [
        masked(Opcode.BINARY, b"begun", fin=False) + masked(Opcode.BINARY, b"and another within"),
        masked(Opcode.CONT, b"of nothing"),
        Frame(Opcode.BINARY, b"not masked").serialize(mask=False),
        bytes([FIN | 0x40 | Opcode.BINARY]) + masked(Opcode.BINARY, b"a reserved bit")[1:],
        bytes([FIN | 0x03]) + masked(Opcode.BINARY, b"no such kind")[1:],
        masked(Opcode.CLOSE, (1000).to_bytes(2) + b"bye"),
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ]
)


async def serve(protocol: type[WebSocketsSansIOProtocol], pieces: list[bytes]) -> tuple[list[Any], bytes, bool]:
    served = Served(protocol)
    await served.upgrade()
    for piece in pieces:
        if not served.wire.closed:
            served.protocol.data_received(piece)
    await served.rest()
    heard, written, closed = list(served.heard), bytes(served.wire.written), served.wire.closed
    served.protocol.connection_lost(None)
    await served.rest()
    return heard, written, closed


@given(
    frames=st.lists(st.one_of(WHOLE, WHOLE, IN_PARTS, OTHER, WRONG), max_size=8),
    cuts=st.lists(st.integers(1, 70_000), max_size=30),
)
def test_cut_anywhere_it_hears_and_answers_as_the_library_does(frames: list[bytes], cuts: list[int]) -> None:
    """Given the library frame by frame: of one piece with a mistake in it, it drops what stands before the mistake."""
    stream, pieces = b"".join(frames), []
    for cut in [*cuts, len(stream)]:
        pieces.append(stream[:cut])
        stream = stream[cut:]
    assert asyncio.run(serve(FrameProtocol, pieces)) == asyncio.run(serve(WebSocketsSansIOProtocol, frames))


def test_a_stream_may_be_cut_at_every_byte() -> None:
    stream = b"".join(
        [
            masked(Opcode.BINARY, b"\x82\x85 looks like a frame"),
            masked(Opcode.BINARY, b"x" * 200),
            masked(Opcode.BINARY, b"in ", fin=False) + masked(Opcode.PING, b"?") + masked(Opcode.CONT, b"parts"),
            masked(Opcode.BINARY, b"\x82"),
            masked(Opcode.TEXT, "é".encode()),
            masked(Opcode.BINARY, b"last"),
        ]
    )
    whole = asyncio.run(serve(FrameProtocol, [stream]))
    assert whole[0] == [b"\x82\x85 looks like a frame", b"x" * 200, b"in parts", b"\x82", "é", b"last"]
    for cut in range(1, len(stream)):
        assert asyncio.run(serve(FrameProtocol, [stream[:cut], stream[cut:]])) == whole
    assert asyncio.run(serve(FrameProtocol, [stream[n : n + 1] for n in range(len(stream))])) == whole


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
async def test_what_it_sends_is_what_the_library_would(size: int) -> None:
    served = Served(FrameProtocol)
    await served.upgrade()
    payload = bytes(size)
    assert served.scope["extensions"][EXTENSION] is served.protocol
    assert served.scope["extensions"][EXTENSION].offer(payload)
    assert bytes(served.wire.written) == Frame(Opcode.BINARY, payload).serialize(mask=False)
    served.protocol.connection_lost(None)


async def test_a_connection_takes_no_dictionary_and_keeps_nothing_of_its_handshake() -> None:
    served = Served(FrameProtocol)
    await served.upgrade()
    assert vars(served.protocol) == {}, "the library keeps more of a connection now: a slot for it saves 1.6 kB"
    assert not hasattr(served.protocol, "request")
    assert not hasattr(served.protocol, "response")
    served.protocol.connection_lost(None)


async def test_who_does_not_answer_a_ping_before_the_next_is_gone() -> None:
    served = Served(FrameProtocol)
    await served.upgrade()
    began = asyncio.get_running_loop().time()

    def ping() -> bytes:
        head, written = served.wire.written[:2], bytes(served.wire.written[2:])
        served.wire.written.clear()
        assert head == bytes([FIN | Opcode.PING, 4])
        return written

    served.protocol.keep_alive(began + PING_SECONDS / 2)
    assert served.wire.written == b"", "pinged too early"
    served.protocol.keep_alive(began + PING_SECONDS + 1)
    served.protocol.data_received(masked(Opcode.PONG, ping()))
    served.protocol.keep_alive(began + 2 * PING_SECONDS + 2)
    assert not served.wire.closed, "who has answered stays"
    ping()
    served.protocol.keep_alive(began + 3 * PING_SECONDS + 3)
    assert served.wire.closed
    served.protocol.connection_lost(None)


async def test_who_does_not_read_is_not_written_to_and_who_has_left_is_no_trouble() -> None:
    served = Served(FrameProtocol)
    await served.upgrade()
    frames = served.scope["extensions"][EXTENSION]
    served.protocol.pause_writing()
    assert not frames.offer(b"later")
    served.protocol.resume_writing()
    assert frames.offer(b"now")
    served.protocol.connection_lost(None)
    written = len(served.wire.written)
    assert frames.offer(b"into the void")
    assert len(served.wire.written) == written


async def test_of_a_sender_who_is_faster_than_its_reader_only_so_much_is_kept() -> None:
    served = Served(FrameProtocol)
    await served.upgrade()
    for _ in range(3):
        served.protocol.data_received(masked(Opcode.BINARY, bytes(INBOX_BYTES_MAX // 2)))
    assert served.wire.paused
    await served.rest()
    assert not served.wire.paused
    assert [len(frame) for frame in served.heard] == [INBOX_BYTES_MAX // 2] * 3
    served.protocol.connection_lost(None)
