"""Dated notes, notes in the bin, and the index of search.

What is there already is put into the index here, contacts by their names; notes are marked as behind their documents
instead, so that they are drawn anew and come into the index on the way.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.words import fold

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the notes, make the index, and fill it."""
    with op.batch_alter_table("notes") as notes:
        notes.add_column(sa.Column("title", sa.Text(), nullable=True))
        notes.add_column(sa.Column("occurred_at", sa.BigInteger(), nullable=True))
        notes.add_column(sa.Column("deleted_at", sa.BigInteger(), nullable=True))
        notes.add_column(sa.Column("deleted_by", sa.Text(), nullable=True))
    op.execute("UPDATE notes SET occurred_at = created_at, seq = 0")
    with op.batch_alter_table("notes") as notes:
        notes.alter_column("occurred_at", existing_type=sa.BigInteger(), nullable=False)
    op.drop_index("ix_notes_contact_id", "notes")
    op.create_index("ix_notes_contact_id_occurred_at", "notes", ["contact_id", "occurred_at", "id"])
    op.create_table(
        "search_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_search_entries_contact_id"),
        sa.PrimaryKeyConstraint("id", name="pk_search_entries"),
        sa.UniqueConstraint("object_id", name="uq_search_entries_object_id"),
    )
    op.create_index("ix_search_entries_contact_id", "search_entries", ["contact_id"], unique=False)
    _make_index()
    _fill()


def _make_index() -> None:
    """Words come folded and with spaces between them, so the plainest tokenizer is the right one."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_index USING fts5(title, body, tokenize = 'ascii', prefix = '2 3')")
    else:
        raise NotImplementedError("search has no form for this database yet")


def _fill() -> None:
    bind = op.get_bind()
    entry = sa.text(
        "INSERT INTO search_entries (type, object_id, contact_id, title, detail) "
        "VALUES ('contact', :id, :id, :name, '') RETURNING id"
    )
    words = sa.text("INSERT INTO search_index (rowid, title, body) VALUES (:id, :words, '')")
    for contact in bind.execute(sa.text("SELECT id, firstname, lastname FROM contacts")).all():
        name = " ".join(part for part in (contact.firstname, contact.lastname) if part)
        made = bind.execute(entry, {"id": contact.id, "name": name}).scalar_one()
        bind.execute(words, {"id": made, "words": fold(name)})
