"""The five tables of the log, on SQLite and on PostgreSQL alike."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from sync.database import metadata

documents = Table(
    "documents",
    metadata,
    Column("name", Text, primary_key=True),
    Column("head", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("thinned", BigInteger, nullable=False, server_default=text("0")),
    sqlite_with_rowid=False,
)


def _document() -> Column[str]:
    return Column("name", Text, ForeignKey("documents.name", ondelete="CASCADE"), primary_key=True)


document_updates = Table(
    "document_updates",
    metadata,
    _document(),
    Column("seq", BigInteger, primary_key=True),
    Column("author_id", Text, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("batch_n", Integer, nullable=False),
    Column("node", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("first_seq", BigInteger),  # of a row that is a whole edit session (`store.Row`)
    Column("began_at", BigInteger),
    UniqueConstraint("batch_id", "batch_n"),
    sqlite_with_rowid=False,  # a document's rows lie together, in the order in which they are read
)

document_snapshots = Table(
    "document_snapshots",
    metadata,
    _document(),
    Column("seq", BigInteger, primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("state_vector", LargeBinary, nullable=False),
    Column("scan_index", LargeBinary, nullable=False),
    Column("checksum", LargeBinary, nullable=False),
)

document_clients = Table(
    "document_clients",
    metadata,
    _document(),
    Column("client_id", BigInteger, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("retired", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)

document_quarantine = Table(
    "document_quarantine",
    metadata,
    _document(),
    Column("seq", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
