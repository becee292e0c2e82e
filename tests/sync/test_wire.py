"""What nodes say to each other, as bytes."""

import pytest

from sync.broker import Asking, Committed, Control, Message, Present
from sync.errors import Malformed
from sync.store import Row
from sync.wire import read_message, write_message

SECRET = b"known to every node"
CHANNEL = b"carnet:document:note/act_1"
NAME = "note/act_1"
MESSAGES = [
    Committed(NAME, "here", 7, (Row(6, "usr_lea", 1_795_000_000_000, b"six"), Row(7, "usr_tom", 1, b""))),
    Committed(NAME, "here", 7, ()),
    Present(NAME, "here", b"\x01\x02\x00\x02{}"),
    Asking(NAME, "there"),
    Control("rights", "here"),
]


@pytest.mark.parametrize("message", MESSAGES)
def test_what_is_written_is_read(message: Message) -> None:
    assert read_message(write_message(message, CHANNEL, SECRET), CHANNEL, NAME, SECRET) == message


@pytest.mark.parametrize("message", MESSAGES)
def test_what_was_signed_with_another_secret_or_for_another_document_is_refused(message: Message) -> None:
    frame = write_message(message, CHANNEL, SECRET)
    for channel, secret in ((CHANNEL, b"guessed"), (CHANNEL + b"2", SECRET)):
        with pytest.raises(Malformed, match="signed"):
            read_message(frame, channel, NAME, secret)


@pytest.mark.parametrize("message", MESSAGES)
def test_no_byte_can_be_changed_left_out_or_added(message: Message) -> None:
    frame = write_message(message, CHANNEL, SECRET)
    changed = [frame[:n] + bytes([frame[n] ^ 1]) + frame[n + 1 :] for n in range(len(frame))]
    for forged in (*changed, frame[:-1], frame[:3], b"", frame + b"\0"):
        with pytest.raises(Malformed):
            read_message(forged, CHANNEL, NAME, SECRET)
