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

_DELETED = text("deleted_at IS NOT NULL")
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
    Column("removed_at", Moment),  # they come in no more, and are still the author of what they wrote
)

rights = Table(
    "rights",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, 1
    Column("epoch", BigInteger, nullable=False),  # counts up whenever somebody's rights change (rights.py)
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
    # The name without case and accents, in the order of code points whatever a database thinks of letters.
    Column("sort_key", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False),
    Column("properties", Text, nullable=False, server_default="{}"),  # its document's map, as JSON
    Column("version", Integer, nullable=False),  # the seq of the last row of its document that changed a value
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # A contact is deleted with all that was merged into it, at one moment (api/deleted_contacts.py).
    Column("deleted_at", Moment),
    Column("deleted_by", Text),
    Column("restorable_until", Moment),  # none in a deleted one: it is gone for good, and only this row is left
    Index("ix_contacts_sort_key", "sort_key", "id"),
    Index("ix_contacts_updated_at", "updated_at", "id"),
    Index("ix_contacts_deleted_at", "deleted_at", "id", sqlite_where=_DELETED, postgresql_where=_DELETED),
)

property_definitions = Table(
    "property_definitions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("label_key", Text, nullable=False),  # a key of the client's catalogue, or the label itself
    Column("type", Text, nullable=False),  # text, email, phone, option, user
    Column("kind", Text, nullable=False),  # scalar, set
    Column("options", Text, nullable=False),  # a JSON array of words
    Column("required", Boolean, nullable=False),
    Column("unique_value", Boolean, nullable=False),
    Column("read_only", Boolean, nullable=False),
    Column("built_in", Boolean, nullable=False),
)

# To find contacts by a value: one row a scalar (without an element), one an element of a set (which is its value).
property_values = Table(
    "property_values",
    metadata,
    Column("contact_id", Text, ForeignKey("contacts.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("element", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index("ix_property_values_name_value", "name", "value"),
    sqlite_with_rowid=False,
)

# Who set what, when, and by which road. `seq` is the row of the contact's document that did it.
property_changes = Table(
    "property_changes",
    metadata,
    Column("contact_id", Text, ForeignKey("contacts.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("element", Text, primary_key=True),
    Column("old", Text),  # JSON; none: there was no value
    Column("new", Text),  # JSON; none: there is no value any more
    Column("actor_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("source", Text, nullable=False),  # ui, api, import, merge
    sqlite_with_rowid=False,
)

# That one contact was merged into another, and what that did: all there is to know to take it back. Never deleted.
merges = Table(
    "merges",
    metadata,
    Column("id", Text, primary_key=True),
    Column("primary_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("secondary_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("choices", Text, nullable=False),  # JSON: property → what was chosen
    Column("secondary_values", Text, nullable=False),  # JSON: the secondary's document as it stood
    Column("written", Text, nullable=False),  # JSON: key of the primary's document → [old, new]
    Column("seq", BigInteger, nullable=False),  # the head of the primary's document with that written
    Column("place", Integer, nullable=False, server_default="0"),  # among the merges into the primary, from 1 on
    # The primary's photo with that, and before; where both are the same, or none, it was left as it was.
    Column("photo", Text),
    Column("photo_before", Text, index=True),
    Column("actor_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    Column("undone_by", Text),
    Column("batch_id", Text, index=True),  # of `merge_batches`, where many were merged at once
)

# Pairs that were merged by one word of somebody, and can be taken apart by one (api/sure_merges.py).
merge_batches = Table(
    "merge_batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("actor_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    Column("undone_by", Text),
)

# Two contacts of which somebody said that they are two people (api/duplicates.py).
dismissed_duplicates = Table(
    "dismissed_duplicates",
    metadata,
    Column("one_id", Text, ForeignKey("contacts.id"), primary_key=True),  # the lower id of the two
    Column("other_id", Text, ForeignKey("contacts.id"), primary_key=True, index=True),
    Column("actor_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# Where the id of a merged contact leads (api/aliases.py): follows from the merges that were not undone, no more.
aliases = Table(
    "aliases",
    metadata,
    Column("contact_id", Text, ForeignKey("contacts.id"), primary_key=True),
    Column("root_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),  # at the end of every chain
    Column("merge_id", Text, ForeignKey("merges.id"), nullable=False),
)

# What somebody wrote into the document of a merged contact and nobody has looked at yet (api/late_values.py).
late_values = Table(
    "late_values",
    metadata,
    Column("contact_id", Text, ForeignKey("contacts.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the row of the document that did it
    Column("value", Text),  # JSON; none: it was removed
    Column("actor_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# What a merge left for somebody to look at (api/review_reasons.py): notes, values that gave way, doubles, late values.
review_items = Table(
    "review_items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("merge_id", Text, ForeignKey("merges.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False, server_default="late"),  # note, property, duplicate, late
    Column("key", Text, nullable=False),  # of the contact's document; of a note its id
    Column("value", Text, nullable=False),  # JSON: the one that does not stand
    Column("actor_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("resolved_by", Text),
    Column("choice", Text),  # keep, take; none: the merge was undone
)

# That the words of one note were added to another, and where it went (api/combinations.py). Deleted notes are told by
# their rows alone: who writes in an absorbed one has it back.
combinations = Table(
    "combinations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("note_id", Text, nullable=False, index=True),
    Column("absorbed_id", Text, nullable=False, index=True),
    Column("seq", BigInteger, nullable=False),  # the row of the absorbed one's document up to which it was added
    Column("actor_id", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("ended_at", Moment),  # undone, or written in again
    Column("ended_by", Text),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Text, primary_key=True),  # its document is note/{id}
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False),
    Column("main", Boolean, nullable=False),
    Column("title", Text),
    Column("occurred_at", Moment, nullable=False),  # its place among the contact's notes
    Column("created_at", Moment, nullable=False),
    Column("deleted_at", Moment),  # in the bin: nobody opens, finds or counts it
    Column("deleted_by", Text),
    # The projection: the document as it stood at `seq`. A head beyond `seq` means: to be rendered anew.
    Column("seq", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("markdown", Text, nullable=False),
    Column("content", Text, nullable=False),  # ProseMirror JSON
    Column("excerpt", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("updated_by", Text),  # a user's id; none while nobody has written
    Index("ix_notes_contact_id_occurred_at", "contact_id", "occurred_at", "id"),
    # What is behind its log is looked for all the time, and must not be looked for among the words.
    Index("ix_notes_id_seq", "id", "seq"),
    Index("ix_notes_main", "contact_id", unique=True, sqlite_where=text("main"), postgresql_where=text("main")),
    # What is in the bin for too long is looked for every hour.
    Index("ix_notes_deleted_at", "deleted_at", sqlite_where=_DELETED, postgresql_where=_DELETED),
)

# A note that was in the bin for too long: of it, nothing else is left.
purged_notes = Table(
    "purged_notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False),
    Column("purged_at", Moment, nullable=False),
)

# What search finds: one row a contact and one a note. Their folded words are in `search_index`, under the same id,
# in the form that the database searches best (api/search_index.py); the migrations make it.
search_entries = Table(
    "search_entries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),  # a new one at each writing
    Column("type", Text, nullable=False),  # contact, note
    Column("object_id", Text, nullable=False, unique=True),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("title", Text, nullable=False),  # a contact's name, a note's title
    Column("detail", Text, nullable=False),  # a contact's other values as they are shown; of a note nothing
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

imports = Table(
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("file_name", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting, running, cancelling, cancelled, interrupted, failed, done
    Column("bytes_total", BigInteger, nullable=False),
    Column("bytes_read", BigInteger, nullable=False),
    Column("created", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("report", Text, nullable=False),  # JSON, of api/import_report.py
    Column("created_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),  # whoever runs it says so every few seconds
)

# By which name a file of contacts knew somebody, to find them again.
contact_uids = Table(
    "contact_uids",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
)

avatars = Table(
    "avatars",
    metadata,
    Column("contact_id", Text, ForeignKey("contacts.id"), primary_key=True),
    Column("sha256", Text, nullable=False, index=True),  # a blob (api/blobs.py)
)

# Pictures that a contact showed and shows no more: what nobody can need goes with api/purge.py. One that stands here
# twice does no harm.
left_photos = Table(
    "left_photos",
    metadata,
    Column("sha256", Text, nullable=False, index=True),
)
