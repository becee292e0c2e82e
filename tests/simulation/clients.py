"""People at their devices: a Yjs document each, edited online and offline, spoken for in either dialect.

The Hocuspocus device counts what is unsaved exactly as @hocuspocus/provider 4.8 does, queue and all
(sync/statuses.py says how); the y-websocket device takes the echo of an update for its only sign.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from pycrdt import Doc, Map, XmlElement, XmlFragment, XmlText

from sync import protocol
from sync.kinds import Schema
from sync.lib0 import Reader, Writer
from tests.simulation.faults import Link
from tests.simulation.oracle import Items, Oracle, items_of

LETTERS = ("a", "b", " ", "é", "e\u0301", "ß", "語", "😀", "👩\u200d👩\u200d👧", "\u0627\u064e", "🏳\ufe0f\u200d🌈")
"""Among them what is two, or many, code units for one thing to see."""


class Device:
    """A document on somebody's device, and the connection it has, if any."""

    def __init__(self, name: str, who: str, schema: Schema, oracle: Oracle, chance: Random) -> None:
        self.name, self.who, self.schema, self.oracle, self.chance = name, who, schema, oracle, chance
        self.link: Link | None = None
        self.synced = False
        self.refused = ""
        self.made = Items()
        self._applying = False
        self.doc: Doc[Any]
        self._open_page()

    def _open_page(self, kept: bytes | None = None) -> None:
        """A page is opened: a fresh client id, and what the device has kept of the document."""
        client = self.chance.getrandbits(32)
        self.oracle.owners[client] = self.who
        self.doc = Doc(client_id=client)
        ((self._root_name, kind),) = self.schema.roots.items()
        self.doc[self._root_name] = self.root = XmlFragment() if kind == "xml" else Map()
        self._subscription = self.doc.observe(self._changed)
        if kept:
            self.doc.apply_update(kept)  # a provider takes this for an edit, and sends it

    def reload(self) -> None:
        """Close the page and open it again."""
        self.doc.unobserve(self._subscription)
        self._open_page(self.doc.get_update())

    def put_away(self) -> None:
        self.doc.unobserve(self._subscription)

    def state(self) -> bytes:
        return self.doc.get_update()

    # --- editing ---

    def edit(self, kind: int, at: int) -> None:
        """One edit of any kind, somewhere."""
        with self.doc.transaction():
            if isinstance(self.root, Map):
                self._edit_map(kind, at)
            else:
                self._edit_words(kind, at)

    def _edit_map(self, kind: int, at: int) -> None:
        assert isinstance(self.root, Map)
        key = ("age", "tags:a", "tags:b")[at % 3]
        if kind % 5 == 0 and key in self.root:
            del self.root[key]
        else:
            self.root[key] = (at, "no number", at, True)[kind % 4] if key == "age" else True

    def _edit_words(self, kind: int, at: int) -> None:
        blocks = self.root.children
        if not len(blocks) or (kind % 10 == 0 and len(blocks) < 5):
            blocks.insert(at % (len(blocks) + 1), XmlElement("paragraph", contents=[XmlText("")]))
            return
        if kind % 10 == 1 and len(blocks) > 1:
            del blocks[at % len(blocks)]
            return
        texts = blocks[at % len(blocks)].children
        if not len(texts):
            texts.append(XmlText(""))
        text = texts[0]
        letters = "".join(piece for piece, _ in text.diff())
        start = at // 7 % (len(letters) + 1)
        stop = min(len(letters), start + 1 + at % 4)
        low, high = len(letters[:start].encode()), len(letters[:stop].encode())
        if kind % 10 in (2, 3) and low < high:
            del text[low:high]
        elif kind % 10 == 4 and low < high:
            text.format(low, high, {"bold": True if at % 2 else None})
        else:
            text.insert(low, "".join(self.chance.choice(LETTERS) for _ in range(1 + at % 3)))

    def _changed(self, event: Any) -> None:
        if not self._applying:
            self.made.add(event.update)
            self.edited(event.update)

    def _apply(self, update: bytes) -> None:
        self._applying = True
        self.doc.apply_update(update)
        self._applying = False

    # --- the connection ---

    def connect(self, link: Link) -> None:
        self.link, self.synced, self.refused = link, False, ""
        link.sees = self.sees
        self.greet()

    def ended(self, code: int) -> None:
        """The connection is gone."""
        self.link, self.synced = None, False
        if 4400 <= code < 4500:
            self.refused = str(code)

    def send(self, frame: bytes) -> None:
        if self.link:
            self.link.send(frame)

    def greet(self) -> None:
        raise NotImplementedError

    def edited(self, update: bytes) -> None:
        raise NotImplementedError

    def hear(self, frame: bytes) -> None:
        raise NotImplementedError

    def sees(self, frame: bytes) -> None:
        """A frame goes out to this device."""
        raise NotImplementedError

    @property
    def settled(self) -> bool:
        """As far as this device knows all is said and done."""
        return self.synced

    def _sees_sync(self, reader: Reader) -> None:
        step, body = reader.var_uint(), reader.var_bytes()
        if step != protocol.STEP1:
            self.oracle.shown(self.name, self.who, body)

    def _hear_sync(self, reader: Reader, reply: Callable[[bytes], None]) -> None:
        step, body = reader.var_uint(), reader.var_bytes()
        if step == protocol.STEP1:
            reply(protocol.step2_body(self.doc.get_update(body)))
            return
        if step == protocol.UPDATE and not self.synced:
            self.oracle.blame(f"{self.name}: {self.who} is shown a row before the SyncStep2")
        self._apply(body)
        self.synced |= step == protocol.STEP2


class HocuspocusDevice(Device):
    """One provider on one socket."""

    def __init__(self, *args: Any) -> None:
        self.unsynced = 0
        self._queue: list[bytes] = []
        self._heard = False
        super().__init__(*args)
        self.prefix = protocol.address_prefix(self.name)

    @property
    def settled(self) -> bool:
        return self.synced and self.unsynced == 0

    def greet(self) -> None:
        self._heard = False
        self.sign_in()
        self.unsynced = 1
        self.send(self.prefix + protocol.step1_body(self.doc.get_state()))

    def sign_in(self) -> None:
        auth = Writer().raw(protocol.address_prefix(self.name)).var_uint(protocol.AUTH).var_uint(0)
        self.send(auth.var_string(self.who).var_string("4.8.0").finish())

    def reload(self) -> None:
        """A new page has a provider of its own, and nothing queued."""
        self._queue.clear()
        self.unsynced = 0
        super().reload()

    def edited(self, update: bytes) -> None:
        self.unsynced += 1
        frame = protocol.address_prefix(self.name) + protocol.update_body(update)
        self.send(frame) if self.link else self._queue.append(frame)

    def sees(self, frame: bytes) -> None:
        if frame not in (protocol.PING_FRAME, protocol.PONG_FRAME):
            reader = Reader(frame, len(self.prefix))
            if reader.var_uint() == protocol.SYNC:
                self._sees_sync(reader)

    def hear(self, frame: bytes) -> None:
        if not self._heard:
            self._heard = True
            queue, self._queue = self._queue, []
            for queued in queue:
                self.send(queued)
        if frame == protocol.PING_FRAME:
            self.send(protocol.PONG_FRAME)
            return
        reader = Reader(frame, len(self.prefix))
        match reader.var_uint():
            case protocol.SYNC:
                self._hear_sync(reader, lambda body: self.send(self.prefix + body))
            case protocol.AUTH if reader.var_uint() == protocol.ACCEPTED:
                self.refused = ""  # it sends nothing again: what was turned away waits for the next handshake
            case protocol.AUTH:
                self.refused = reader.var_string()
            case protocol.SYNC_STATUS if reader.byte() == 1:
                self.unsynced = max(0, self.unsynced - 1)
            case protocol.SYNC_STATUS:
                self.refused = "readonly"
        if self.settled:
            self.oracle.said_saved(self.name, self.who, self.made)


class YWebsocketDevice(Device):
    """One document on one socket."""

    def greet(self) -> None:
        self._sent: list[bytes] = []
        self._echoed: list[bytes] = []
        self.send(protocol.step1_body(self.doc.get_state()))

    def edited(self, update: bytes) -> None:
        if self.link:
            if items_of(update).clocks:  # two people may delete the same in the very same bytes
                self._sent.append(update)
            self.send(protocol.update_body(update))

    def sees(self, frame: bytes) -> None:
        reader = Reader(frame)
        if reader.var_uint() == protocol.SYNC:
            self._sees_sync(reader)

    def hear(self, frame: bytes) -> None:
        reader = Reader(frame)
        match reader.var_uint():
            case protocol.SYNC:
                self._count_echo(frame)
                self._hear_sync(reader, self.send)
            case protocol.AUTH:
                self.refused = "readonly"

    def _count_echo(self, frame: bytes) -> None:
        """From 4.0 on this client counts what it sent, down again with each echo: one each, no more."""
        update = Reader(frame, 2).var_bytes()
        if frame[1] == protocol.UPDATE and update in self._sent:
            if update in self._echoed:
                self.oracle.blame(f"{self.name}: {self.who} hears an echo twice")
            self._echoed.append(update)
