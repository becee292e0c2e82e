"""A Yjs update (v1) read into plain tuples, and written again: what it says, not whether it fits a document.

    update     = varUint(clients) • clients × (varUint(n) • varUint(client) • varUint(clock) • n × struct) • deleteSet
    struct     = 00 varUint(len) GC | 0a varUint(len) Skip | info • [origin] • [right origin] • [parent [key]] • content
    info       = content type (5 bits) | 80 with origin | 40 with right origin | 20 with a key
    parent     = 01 varString(root) | 00 id             only without both origins, and then the key as well
    id         = varUint(client) • varUint(clock)
    deleteSet  = varUint(clients) • clients × (varUint(client) • varUint(n) • n × (varUint(clock) • varUint(len)))

Each struct's clock is the one before plus its length; a Skip stands for what is left out between two. Lengths of text
are UTF-16 code units. Anything that no Yjs writes raises `Malformed`; contents that none of our documents can hold
raise `SchemaBroken`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sync.errors import Malformed, SchemaBroken
from sync.index import Id
from sync.kinds import TEXT
from sync.lib0 import Reader, Writer
from sync.limits import Limits

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = range(11)
NAMES = ("GC", "deleted", "JSON", "binary", "string", "embed", "format", "type", "any", "document", "skip")
ORIGIN, RIGHT_ORIGIN, KEY = 0x80, 0x40, 0x20

TYPE_NAMES = ("array", "map", "text", "XML element", "XML fragment", "XML hook", "XML text")

Deletes = dict[int, list[tuple[int, int]]]
"""client → (from, to) clocks, half-open."""


class Struct(NamedTuple):
    """One struct. `content` is the text, the (key, value) of a format, the tag of a node, the values of an any.

    `raw` are its bytes; a struct made here has none.
    """

    clock: int
    length: int
    kind: int
    origin: Id | None = None
    right: Id | None = None
    parent: Id | str | None = None
    key: str | None = None
    content: Any = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Update:
    """A whole update: client → its structs in clock order (never empty), and what it deletes."""

    structs: dict[int, list[Struct]]
    deletes: Deletes


def read_update(data: bytes, limits: Limits) -> Update:
    """Read all of it. Raises Malformed or SchemaBroken."""
    reader = Reader(data)
    structs: dict[int, list[Struct]] = {}
    for _ in range(_count_clients(reader, limits)):
        count, client = reader.count(), reader.var_uint()
        if client in structs or not count:
            raise Malformed(f"client {client} twice or without structs")
        structs[client] = _read_structs(reader, client, count, limits)
    deletes: Deletes = {}
    for _ in range(_count_clients(reader, limits)):
        client, count = reader.var_uint(), reader.count()
        if client in deletes:
            raise Malformed(f"client {client} twice in a delete set")
        deletes[client] = [_read_range(reader, limits) for _ in range(count)]
    reader.finish()
    return Update(structs, deletes)


def write_update(update: Update) -> bytes:
    """The update as bytes, in its own order."""
    writer = Writer().var_uint(len(update.structs))
    for client, own in update.structs.items():
        writer.var_uint(len(own)).var_uint(client).var_uint(own[0].clock)
        for struct in own:
            writer.raw(struct.raw or _written(struct))
    writer.var_uint(len(update.deletes))
    for client, ranges in update.deletes.items():
        writer.var_uint(client).var_uint(len(ranges))
        for start, end in ranges:
            writer.var_uint(start).var_uint(end - start)
    return writer.finish()


def rest_of(struct: Struct, client: int, clock: int) -> Struct:
    """What a struct says from `clock` on, where the part before is known: it stands behind that, as Yjs cuts it."""
    done = clock - struct.clock
    content = struct.content
    if struct.kind == STRING:
        try:
            content = struct.content.encode("utf-16-le")[2 * done :].decode("utf-16-le")
        except UnicodeDecodeError as error:
            raise Malformed("known up to the middle of a surrogate pair") from error
    elif struct.kind == ANY:
        content = struct.content[done:]
    origin = None if struct.kind == GC else (client, clock - 1)
    return Struct(clock, struct.length - done, struct.kind, origin, struct.right, content=content)


def _written(struct: Struct) -> bytes:
    """The bytes of a struct that was made here: of text or of values, or it has no content."""
    beside = (ORIGIN if struct.origin else 0) | (RIGHT_ORIGIN if struct.right else 0)
    writer = Writer().byte(struct.kind | beside | (KEY if struct.key is not None else 0))
    for named in (struct.origin, struct.right):
        if named:
            writer.var_uint(named[0]).var_uint(named[1])
    if isinstance(struct.parent, str):
        writer.var_uint(1).var_string(struct.parent)
    elif struct.parent:
        writer.var_uint(0).var_uint(struct.parent[0]).var_uint(struct.parent[1])
    if struct.key is not None:
        writer.var_string(struct.key)
    if struct.kind == STRING:
        writer.var_string(struct.content)
    else:
        writer.var_uint(struct.length)
    for value in struct.content if struct.kind == ANY else ():
        writer.any(value)
    return writer.finish()


def utf16_length(text: str) -> int:
    """Its length as JavaScript counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) >> 1


def _count_clients(reader: Reader, limits: Limits) -> int:
    count = reader.count()
    if count > limits.update_clients_max:
        raise Malformed(f"{count} clients in one update, {limits.update_clients_max} at most")
    return count


def _read_structs(reader: Reader, client: int, count: int, limits: Limits) -> list[Struct]:
    clock, clock_max = reader.var_uint(), limits.clock_max
    structs = []
    for _ in range(count):
        struct = _read_struct(reader, clock, limits)
        if struct.length <= 0 or clock + struct.length >= clock_max:
            raise Malformed(f"{struct.length} {NAMES[struct.kind]} at clock {clock} of client {client}")
        structs.append(struct)
        clock += struct.length
    if SKIP in (structs[0].kind, structs[-1].kind):
        raise Malformed(f"a skip of client {client} between nothing and something")
    return structs


def _read_range(reader: Reader, limits: Limits) -> tuple[int, int]:
    clock, length = reader.var_uint(), reader.var_uint()
    if not length or clock + length >= limits.clock_max:
        raise Malformed(f"a deletion of {length} at clock {clock}")
    return clock, clock + length


def _read_struct(reader: Reader, clock: int, limits: Limits) -> Struct:
    begin = reader.pos
    info = reader.byte()
    if info in (GC, SKIP):
        return Struct(clock, reader.var_uint(), info, raw=reader.data[begin : reader.pos])
    origin = right = parent = key = None
    if info & ORIGIN:
        origin = (reader.var_uint(), reader.var_uint())
    if info & RIGHT_ORIGIN:
        right = (reader.var_uint(), reader.var_uint())
    if origin is None and right is None:
        parent = _read_parent(reader)
        key = reader.var_string() if info & KEY else None
    kind = info & 0x1F
    read = CONTENTS.get(kind)
    if read is None:
        if JSON <= kind <= DOC:
            raise SchemaBroken(f"content of type {NAMES[kind]}")
        raise Malformed(f"content of unknown type {kind}")
    length, content = read(reader, limits)
    return Struct(clock, length, kind, origin, right, parent, key, content, reader.data[begin : reader.pos])


def _read_parent(reader: Reader) -> Id | str:
    match reader.var_uint():
        case 1:
            return reader.var_string()
        case 0:
            return (reader.var_uint(), reader.var_uint())
    raise Malformed("a parent that is neither a root nor an item")


def _read_deleted(reader: Reader, limits: Limits) -> tuple[int, None]:
    return reader.var_uint(), None


def _read_text(reader: Reader, limits: Limits) -> tuple[int, str]:
    text = reader.var_string()
    return utf16_length(text), text


def _read_format(reader: Reader, limits: Limits) -> tuple[int, tuple[str, Any]]:
    key, encoded = reader.var_string(), reader.var_string()
    try:
        value = json.loads(encoded, parse_constant=_number, parse_int=_number, parse_float=_number)
        if "\\u" in encoded:
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the value of format {key!r} is not JSON") from error
    return 1, (key, value)


def _number(digits: str) -> float:
    """A finite number. Python's own reading takes NaN, Infinity and 1e999, on which other readers fail."""
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value


def _read_type(reader: Reader, limits: Limits) -> tuple[int, str]:
    match reader.var_uint():
        case 3:
            tag = reader.var_string()
            if tag == TEXT:
                raise SchemaBroken(f"an element named {TEXT}")
            return 1, tag
        case 6:
            return 1, TEXT
        case kind if kind < len(TYPE_NAMES):
            raise SchemaBroken(f"a node of type {TYPE_NAMES[kind]}")
    raise Malformed("a node of unknown type")


def _read_any(reader: Reader, limits: Limits) -> tuple[int, list[Any]]:
    values = [reader.any(limits.any_depth_max) for _ in range(reader.count())]
    return len(values), values


CONTENTS: dict[int, Callable[[Reader, Limits], tuple[int, Any]]] = {
    DELETED: _read_deleted,
    STRING: _read_text,
    FORMAT: _read_format,
    TYPE: _read_type,
    ANY: _read_any,
}
