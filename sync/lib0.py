"""lib0, the byte code under Yjs: a `Reader` that trusts nothing and a `Writer` that makes what Yjs makes.

    varUint(n)     base 128, low 7 bits first, high bit = more; here at most 8 bytes and 2^53 - 1
    varInt(n)      the same with the sign in bit 6 of the first byte (which holds 6 bits)
    varBytes(b)    varUint(len) • b
    varString(s)   varBytes(utf8(s))
    any            one tag byte, 116 to 127, then the value
    stateVector    varUint(n) • n × (varUint(client) • varUint(clock))

Sans-I/O and the only place that knows these shapes. Whatever is off raises `Malformed`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Self

from sync.errors import Malformed

UINT_MAX = 2**53 - 1
UINT_SHIFT_MAX = 49  # the eighth byte
ANY_DEPTH_MAX = 16

_FLOAT32, _FLOAT64, _BIGINT = struct.Struct(">f"), struct.Struct(">d"), struct.Struct(">q")


class Reader:
    """Reads `data` from `pos` on. `pos` is public: a scanner may read single bytes for itself."""

    __slots__ = ("data", "end", "pos")

    def __init__(self, data: bytes, pos: int = 0) -> None:
        self.data = data
        self.pos = pos
        self.end = len(data)

    @property
    def left(self) -> int:
        """Bytes not read yet: no honest count of things still to come is greater."""
        return self.end - self.pos

    def byte(self) -> int:
        """One byte, 0 to 255."""
        if self.pos >= self.end:
            raise Malformed("bytes end too early")
        value = self.data[self.pos]
        self.pos += 1
        return value

    def var_uint(self) -> int:
        """0 to 2^53 - 1."""
        data, pos, end = self.data, self.pos, self.end
        value = shift = 0
        while pos < end:
            byte = data[pos]
            pos += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value > UINT_MAX:
                    break
                self.pos = pos
                return value
            shift += 7
            if shift > UINT_SHIFT_MAX:
                break
        raise Malformed("bytes end inside a number" if pos >= end else "a number over 2^53 - 1")

    def var_int(self) -> int:
        """-(2^53 - 1) to 2^53 - 1; the negative zero that JavaScript can send reads as 0."""
        first = self.byte()
        value, negative = first & 0x3F, first & 0x40
        shift, more = 6, first & 0x80
        while more:
            if shift > UINT_SHIFT_MAX:
                raise Malformed("a number over 2^53 - 1")
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            more = byte & 0x80
        if value > UINT_MAX:
            raise Malformed("a number over 2^53 - 1")
        return -value if negative else value

    def count(self) -> int:
        """A varUint that announces so many things of at least one byte each."""
        value = self.var_uint()
        if value > self.end - self.pos:
            raise Malformed(f"{value} announced, {self.end - self.pos} bytes left")
        return value

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        start, stop = self.pos, self.pos + length
        if stop > self.end:
            raise Malformed(f"{length} bytes announced, {self.end - start} left")
        self.pos = stop
        return self.data[start:stop]

    def var_bytes(self) -> bytes:
        """A length, then so many bytes."""
        return self.take(self.var_uint())

    def var_string(self) -> str:
        """Strict UTF-8: no lone surrogates, nothing overlong."""
        try:
            return self.take(self.var_uint()).decode()
        except UnicodeDecodeError as error:
            raise Malformed("a string that is not UTF-8") from error

    def any(self, depth_max: int = ANY_DEPTH_MAX) -> Any:
        """A JSON-like value; `undefined` reads as None. Nested deeper than `depth_max` it is refused."""
        tag = self.byte()
        match tag:
            case 127 | 126:
                return None
            case 125:
                return self.var_int()
            case 124:
                return _FLOAT32.unpack(self.take(4))[0]
            case 123:
                return _FLOAT64.unpack(self.take(8))[0]
            case 122:
                return _BIGINT.unpack(self.take(8))[0]
            case 121 | 120:
                return tag == 120
            case 119:
                return self.var_string()
            case 118 | 117 if depth_max <= 0:
                raise Malformed("a value nested too deep")
            case 118:
                return {self.var_string(): self.any(depth_max - 1) for _ in range(self.count())}
            case 117:
                return [self.any(depth_max - 1) for _ in range(self.count())]
            case 116:
                return self.var_bytes()
        raise Malformed(f"a value of unknown type {tag}")

    def finish(self) -> None:
        """Nothing may be left."""
        if self.pos != self.end:
            raise Malformed(f"{self.end - self.pos} bytes too many")


class Writer:
    """Collects bytes; every verb returns the writer, `finish()` the bytes."""

    __slots__ = ("_out",)

    def __init__(self) -> None:
        self._out = bytearray()

    def byte(self, value: int) -> Self:
        """One byte."""
        self._out.append(value)
        return self

    def raw(self, data: bytes) -> Self:
        """Bytes as they are, without a length."""
        self._out += data
        return self

    def var_uint(self, value: int) -> Self:
        """0 to 2^53 - 1."""
        assert 0 <= value <= UINT_MAX, value
        out = self._out
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        return self

    def var_int(self, value: int) -> Self:
        """-(2^53 - 1) to 2^53 - 1."""
        size = abs(value)
        self._out.append((0x80 if size > 0x3F else 0) | (0x40 if value < 0 else 0) | size & 0x3F)
        return self.var_uint(size >> 6) if size > 0x3F else self

    def var_bytes(self, data: bytes) -> Self:
        """A length, then the bytes."""
        return self.var_uint(len(data)).raw(data)

    def var_string(self, text: str) -> Self:
        """A length in bytes, then UTF-8."""
        return self.var_bytes(text.encode())

    def any(self, value: Any) -> Self:
        """None, bool, int, float, str, bytes, and lists and dicts of them, tagged as Yjs tags them."""
        match value:
            case None:
                return self.byte(126)
            case bool():
                return self.byte(120 if value else 121)
            case int() if abs(value) < 2**31:
                return self.byte(125).var_int(value)
            case int() | float():
                return self.byte(123).raw(_FLOAT64.pack(value))
            case str():
                return self.byte(119).var_string(value)
            case bytes():
                return self.byte(116).var_bytes(value)
            case Mapping():
                self.byte(118).var_uint(len(value))
                for key, item in value.items():
                    self.var_string(key).any(item)
                return self
            case list() | tuple():
                self.byte(117).var_uint(len(value))
                for item in value:
                    self.any(item)
                return self
        raise TypeError(f"no lib0 form for {type(value).__name__}")

    def finish(self) -> bytes:
        """Everything written."""
        return bytes(self._out)


def read_vector(data: bytes) -> dict[int, int]:
    """A state vector: client → next clock. A client named twice is refused, as is anything after the last one."""
    reader = Reader(data)
    vector: dict[int, int] = {}
    for _ in range(reader.count()):
        client, clock = reader.var_uint(), reader.var_uint()
        if client in vector:
            raise Malformed(f"client {client} twice in a state vector")
        vector[client] = clock
    reader.finish()
    return vector


def write_vector(vector: Mapping[int, int]) -> bytes:
    """The bytes of a state vector, highest client first as Yjs writes them."""
    writer = Writer().var_uint(len(vector))
    for client in sorted(vector, reverse=True):
        writer.var_uint(client).var_uint(vector[client])
    return writer.finish()
