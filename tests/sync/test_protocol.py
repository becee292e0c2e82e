"""The frames of both dialects, as captured from the published packages on a wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import protocol
from sync.errors import Malformed
from sync.protocol import (
    Auth,
    Awareness,
    Close,
    Pong,
    QueryAwareness,
    Stateless,
    SyncStep1,
    SyncStep2,
    Update,
    decode_hocuspocus,
    decode_y_websocket,
)

CAPTURED = [
    ("016e020004676f6f6405342e382e30", Auth("good", "4.8.0")),
    ("016e020004676f6f64", Auth("good", None)),
    ("016e00000100", SyncStep1({})),
    ("016e0000050102ac0203", None),
    ("016e0001020000", SyncStep2(b"\0\0")),
    ("016e0002020000", Update(b"\0\0")),
    ("016e0106010100027b7d", Awareness(b"\x01\x01\x00\x02{}")),
    ("016e03", QueryAwareness()),
    ("016e05026869", Stateless("hi")),
    ("016e07", Close()),
]


@pytest.mark.parametrize(("frame", "message"), CAPTURED)
def test_a_captured_hocuspocus_frame_reads_as_what_it_is(frame: str, message: object) -> None:
    if message is None:
        with pytest.raises(Malformed):
            decode_hocuspocus(bytes.fromhex(frame))
    else:
        assert decode_hocuspocus(bytes.fromhex(frame)) == ("n", message)


def test_ping_and_pong_have_no_address() -> None:
    assert decode_hocuspocus(b"\x0a") == Pong()
    assert decode_hocuspocus(b"\x09") is None


def test_the_address_is_kept_whole_and_names_its_document() -> None:
    frame = protocol.address_prefix("note/a\0session") + protocol.step1_body(b"\0")
    assert decode_hocuspocus(frame) == ("note/a\0session", SyncStep1({}))
    assert protocol.document_of("note/a\0session") == "note/a"


@pytest.mark.parametrize("frame", ["", "00", "0000000100", "016e", "016e04", "016e06", "016e08", "016e00000100ff"])
def test_a_frame_that_no_client_sends_is_malformed(frame: str) -> None:
    with pytest.raises(Malformed):
        decode_hocuspocus(bytes.fromhex(frame))


@pytest.mark.parametrize("body", ["020004676f6f64", "07", "05026869", "0000010000", ""])
def test_a_body_that_y_websocket_does_not_have_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        decode_y_websocket(bytes.fromhex(body))


def test_bodies_are_the_same_in_both_dialects() -> None:
    assert decode_y_websocket(protocol.update_body(b"\0\0")) == Update(b"\0\0")
    assert decode_y_websocket(protocol.step2_body(b"\0\0")) == SyncStep2(b"\0\0")
    assert decode_y_websocket(protocol.awareness_body(b"\0")) == Awareness(b"\0")


def test_what_the_provider_reads_is_written_as_it_reads_it() -> None:
    assert protocol.accepted_body("read-write").hex() == "02020a726561642d7772697465"
    assert protocol.denied_body("schema").hex() == "020106736368656d61"
    assert protocol.y_denied_body("no").hex() == "0200026e6f"
    assert protocol.stateless_body("é").hex() == "0502c3a9"


@given(st.binary(max_size=200))
def test_any_bytes_read_as_a_message_or_are_malformed(frame: bytes) -> None:
    for decode in (decode_hocuspocus, decode_y_websocket):
        try:
            decode(frame)
        except Malformed:
            continue
