"""The product's tables, on one page. The engine's own (documents, their log and snapshots) are in sync/sql_store.py.

Moments are kept as milliseconds since 1970 in UTC, the same as in the log, and read as aware datetimes. Secrets are
kept only as SHA-256 hashes. The migrations beside this file make the tables; a test keeps the two alike.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    Text,
    TypeDecorator,
    text,
)

from sync.database import metadata

AnyRow = Row[*tuple[Any, ...]]
"""A row of any query; its columns are read by name."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as milliseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetime → milliseconds; a naive one is a bug."""
        if value is None:
            return None
        assert value.tzinfo is not None, "expected an aware datetime"
        return (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Milliseconds → aware datetime."""
        return None if value is None else _EPOCH + timedelta(milliseconds=value)


def new_id(prefix: str) -> str:
    """An opaque id of 128 random bits, such as `con_…`; ids never move and are never guessed."""
    return f"{prefix}_{secrets.token_hex(16)}"


users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),  # admin, editor, viewer
    Column("password_hash", Text),  # argon2id; none: this account signs in with tokens only
    Column("created_at", Moment, nullable=False),
)

credentials = Table(
    "credentials",
    metadata,
    Column("secret_hash", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # session (a cookie), token (an API token)
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("secret_hash", Text, primary_key=True),
    Column("document", Text, nullable=False),
    # Signing out, or withdrawing a token, ends its tickets with it.
    Column(
        "credential_hash", Text, ForeignKey("credentials.secret_hash", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("created_at", Moment, nullable=False, index=True),
    Column("used_at", Moment),  # the first use
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("firstname", Text),
    Column("lastname", Text),
    Column("sort_key", Text, nullable=False),  # the name without case and accents
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_contacts_sort_key", "sort_key", "id"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Text, primary_key=True),  # its document is note/{id}
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("main", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    # The projection: the document as it stood at `seq`. A head beyond `seq` means: to be rendered anew.
    Column("seq", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("markdown", Text, nullable=False),
    Column("content", Text, nullable=False),  # ProseMirror JSON
    Column("excerpt", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("updated_by", Text),  # a user's id; none while nobody has written
    # What is behind its log is looked for all the time, and must not be looked for among the words.
    Index("ix_notes_id_seq", "id", "seq"),
    Index("ix_notes_main", "contact_id", unique=True, sqlite_where=text("main"), postgresql_where=text("main")),
)

changes = Table(
    "changes",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("contact_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("actor_id", Text),
)

# One row. Updating it gives the next number and makes numbers follow the order of commits on every database.
change_numbers = Table(
    "change_numbers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),  # of the method, the address and the body
    Column("status", Integer),  # none: under way, or its end was never known
    Column("body", Text),
    Column("created_at", Moment, nullable=False, index=True),
)
