"""Every way the engine says no: a machine-readable reason, a close code, one human sentence.

Close codes from 4400 to 4499 are final for a y-websocket client (3.1 and later); every other code is retried.
"""

from __future__ import annotations

import copyreg
from typing import Any


class SyncError(Exception):
    """What a client is told when the engine refuses something. Subclasses fix `reason` and `close_code`."""

    reason = "error"
    close_code = 1011

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.reason)
        self.detail = detail

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes it goes by its fields: what arguments a subclass takes is its own affair."""
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]  # not in its stubs


class Malformed(SyncError):
    """The bytes are not a message or an update that any honest client makes."""

    reason, close_code = "malformed", 4400


class Unauthenticated(SyncError):
    """No credentials, or ones that are forged, expired or withdrawn."""

    reason, close_code = "unauthenticated", 4401


class NotFound(SyncError):
    """The document does not exist, or its reader may not know that it does."""

    reason, close_code = "not-found", 4404


class ForeignClient(SyncError):
    """New structs under a client id that belongs to another user."""

    reason, close_code = "foreign-client", 4409


class EpochChanged(SyncError):
    """The document was made anew (erasure); the client's copy is of the old one."""

    reason, close_code = "epoch-changed", 4410


class DocumentTooLarge(SyncError):
    """The document would pass its size limit."""

    reason, close_code = "document-too-large", 4413


class SchemaBroken(SyncError):
    """A node, attribute, mark or nesting that this kind of document does not have."""

    reason, close_code = "schema", 4422


class InQuarantine(SyncError):
    """Reading all of the document's log does harm: it is shown as it stood before, and nobody writes in it."""

    reason, close_code = "quarantined", 4423


class Restart(SyncError):
    """Come back: the server restarts, or only a fresh handshake can mend this session."""

    reason, close_code = "restart", 1012


class Overload(SyncError):
    """Come back later: the server or this socket is too far behind."""

    reason, close_code = "overload", 1013
