"""Bytes ↔ messages, sans-I/O, for both dialects.

    body      = varUint(type) • what the type holds
    Hocuspocus frame = varString(address) • body          or a bare 09 / 0a
    y-websocket frame = body

Address is the document's name or, with the provider's `sessionAwareness`, `name \\0 sessionId`; answers carry the very
address that was used. Sync, Awareness and QueryAwareness have the same body in both dialects, so a body encoded once
serves every session.
Sources: @hocuspocus/provider 4.8 (OutgoingMessages, MessageReceiver), y-protocols 1, y-websocket 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sync.errors import Malformed
from sync.lib0 import Reader, Writer, read_vector

SYNC, AWARENESS, AUTH, QUERY_AWARENESS, STATELESS, CLOSE, SYNC_STATUS, PING, PONG = 0, 1, 2, 3, 5, 7, 8, 9, 10
STEP1, STEP2, UPDATE = 0, 1, 2
DENIED, ACCEPTED = 1, 2

SMALL_BODY_BYTES_MAX = 256 * 1024
"""Of a state vector (twenty thousand clients) or an awareness message (hundreds of people)."""

PING_FRAME, PONG_FRAME = b"\x09", b"\x0a"
UPDATE_HEAD = bytes((SYNC, UPDATE))
NOBODY = b"\x01\x01\x00"  # an awareness body without entries: proof that a socket lives
STATUS_TAKEN, STATUS_REFUSED = b"\x08\x01", b"\x08\x00"


@dataclass(frozen=True, slots=True)
class SyncStep1:
    """What the sender has: `vector` maps client to next clock."""

    vector: dict[int, int]


@dataclass(frozen=True, slots=True)
class SyncStep2:
    """What the receiver lacked, by its SyncStep1."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """One change as it was made."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Awareness:
    """Presence entries, as y-protocols encodes them."""

    entries: bytes


@dataclass(frozen=True, slots=True)
class QueryAwareness:
    """Who is here?"""


@dataclass(frozen=True, slots=True)
class Auth:
    """A client's credentials. `version` is the provider's, None before 4.x."""

    token: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Stateless:
    """A string for the other side, kept nowhere."""

    payload: str


@dataclass(frozen=True, slots=True)
class Close:
    """A client leaves a document; its socket stays."""


Message = SyncStep1 | SyncStep2 | Update | Awareness | QueryAwareness | Auth | Stateless | Close


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to our ping: a Hocuspocus frame without an address."""


def decode_hocuspocus(frame: bytes) -> tuple[str, Message] | Pong | None:
    """One frame from a Hocuspocus provider: address and message; None for a ping that asks nothing of us.

    Raises Malformed. Types 4 and 6 are between servers only; whoever sends one is not a client.
    """
    if len(frame) == 1:
        if frame == PONG_FRAME:
            return Pong()
        if frame == PING_FRAME:
            return None
    reader = Reader(frame)
    address = reader.var_string()
    if not address or address.startswith("\0"):
        raise Malformed("a frame without a document's name")
    message = _message(reader)
    if isinstance(message, Auth | Stateless | Close) or reader.pos == reader.end:
        return address, message
    raise Malformed(f"{reader.left} bytes after the message")


def decode_y_websocket(frame: bytes) -> Message:
    """One frame from a y-websocket client. Raises Malformed."""
    reader = Reader(frame)
    message = _message(reader)
    if isinstance(message, Auth | Stateless | Close):
        raise Malformed("a message that y-websocket does not have")
    reader.finish()
    return message


def _message(reader: Reader) -> Message:
    kind = reader.var_uint()
    match kind:
        case 0:
            return _sync(reader)
        case 1:
            return Awareness(_bounded(reader, "awareness message"))
        case 2:
            return _auth(reader)
        case 3:
            return QueryAwareness()
        case 5:
            return Stateless(reader.var_string())
        case 7:
            return Close()
    raise Malformed(f"message type {kind}")


def _bounded(reader: Reader, what: str) -> bytes:
    """What a reader may send too, and what this process reads whole."""
    body = reader.var_bytes()
    if len(body) > SMALL_BODY_BYTES_MAX:
        raise Malformed(f"a {what} of {len(body)} bytes, {SMALL_BODY_BYTES_MAX} at most")
    return body


def _sync(reader: Reader) -> SyncStep1 | SyncStep2 | Update:
    match step := reader.var_uint():
        case 0:
            return SyncStep1(read_vector(_bounded(reader, "state vector")))
        case 1:
            return SyncStep2(reader.var_bytes())
        case 2:
            return Update(reader.var_bytes())
    raise Malformed(f"sync step {step}")


def _auth(reader: Reader) -> Auth:
    if (kind := reader.var_uint()) != 0:
        raise Malformed(f"auth type {kind}")
    token = reader.var_string()
    return Auth(token, reader.var_string() if reader.left else None)


def address_prefix(address: str) -> bytes:
    """What stands before every body sent to `address`; empty for y-websocket."""
    return Writer().var_string(address).finish() if address else b""


def document_of(address: str) -> str:
    """The document's name within an address."""
    return address.partition("\0")[0]


def step1_body(vector: bytes) -> bytes:
    """SyncStep1: what we have."""
    return Writer().var_uint(SYNC).var_uint(STEP1).var_bytes(vector).finish()


def step2_body(update: bytes) -> bytes:
    """SyncStep2: what the client lacked."""
    return Writer().var_uint(SYNC).var_uint(STEP2).var_bytes(update).finish()


def update_body(update: bytes) -> bytes:
    """Update: one committed change."""
    return UPDATE_HEAD + Writer().var_bytes(update).finish()


def short_update(frame: bytes, start: int) -> bytes | None:
    """The update of an Update of less than 128 bytes whose body begins at `start`; None for any other frame."""
    length_at = start + len(UPDATE_HEAD)
    update = frame[length_at + 1 :]
    if 0 < len(update) < 0x80 and frame[start:length_at] == UPDATE_HEAD and frame[length_at] == len(update):
        return update
    return None


def awareness_body(entries: bytes) -> bytes:
    """Awareness: presence entries."""
    return Writer().var_uint(AWARENESS).var_bytes(entries).finish()


def stateless_body(payload: str) -> bytes:
    """Stateless: a string for the client's application (Hocuspocus only)."""
    return Writer().var_uint(STATELESS).var_string(payload).finish()


def accepted_body(role: Literal["read-write", "readonly"]) -> bytes:
    """Auth accepted, with what the client may do."""
    return Writer().var_uint(AUTH).var_uint(ACCEPTED).var_string(role).finish()


def denied_body(reason: str) -> bytes:
    """Auth refused, or a refusal later on; the client stays attached and may try again."""
    return Writer().var_uint(AUTH).var_uint(DENIED).var_string(reason).finish()


def y_denied_body(reason: str) -> bytes:
    """y-protocols' permission denied, for a y-websocket client that may not write."""
    return Writer().var_uint(AUTH).var_uint(0).var_string(reason).finish()
