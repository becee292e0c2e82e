"""What nodes say to each other, as bytes. Sans-I/O.

    frame   = mac(16) • varString(node) • varUint(kind) • body
    body    = 0 varUint(seq) • varUint(n) • n × row          Committed
            | 1 varBytes(awareness)                          Present
            | 2                                              Asking
            | 3 varString(word)                              Control
    row     = varUint(seq) • varString(author) • varUint(at) • varBytes(update)

`mac` is HMAC-SHA256, cut to 16 bytes, over the channel and all behind it: whoever can write into the wire and does not
know the secret is not heard, and what was said of one document is no word about another.
"""

from __future__ import annotations

import hmac
from typing import assert_never

from sync.broker import Asking, Committed, Control, DocumentMessage, Message, Missed, Present
from sync.errors import Malformed
from sync.lib0 import Reader, Writer
from sync.store import Row

MAC_BYTES = 16
COMMITTED, PRESENT, ASKING, CONTROL = range(4)


def write_message(message: Message, channel: bytes, secret: bytes) -> bytes:
    """The frame of a message for `channel`."""
    writer = Writer()
    match message:
        case Committed(_, node, seq, rows):
            writer.var_string(node).var_uint(COMMITTED).var_uint(seq).var_uint(len(rows))
            for row in rows:
                writer.var_uint(row.seq).var_string(row.author_id).var_uint(row.at).var_bytes(row.update)
        case Present(_, node, awareness):
            writer.var_string(node).var_uint(PRESENT).var_bytes(awareness)
        case Asking(_, node):
            writer.var_string(node).var_uint(ASKING)
        case Control(word, node):
            writer.var_string(node).var_uint(CONTROL).var_string(word)
        case Missed():
            raise AssertionError("only a broker says that something was missed")
        case _:
            assert_never(message)
    body = writer.finish()
    return _mac(body, channel, secret) + body


def read_message(frame: bytes, channel: bytes, name: str, secret: bytes) -> DocumentMessage | Control:
    """The message of a frame heard on `channel`, which is about the document `name`. Raises Malformed."""
    body = frame[MAC_BYTES:]
    if not hmac.compare_digest(_mac(body, channel, secret), frame[:MAC_BYTES]):
        raise Malformed("a message that no node of ours signed")
    reader = Reader(body)
    message = _read(reader, reader.var_string(), name)
    reader.finish()
    return message


def _read(reader: Reader, node: str, name: str) -> DocumentMessage | Control:
    match reader.var_uint():
        case 0:
            return Committed(name, node, reader.var_uint(), tuple(_read_row(reader) for _ in range(reader.count())))
        case 1:
            return Present(name, node, reader.var_bytes())
        case 2:
            return Asking(name, node)
        case 3:
            return Control(reader.var_string(), node)
        case kind:
            raise Malformed(f"a message of unknown kind {kind}")


def _read_row(reader: Reader) -> Row:
    return Row(reader.var_uint(), reader.var_string(), reader.var_uint(), reader.var_bytes())


def _mac(body: bytes, channel: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, channel + b"\0" + body, "sha256")[:MAC_BYTES]
