"""Contacts that were deleted, and until when they can be had back; pairs that are no duplicates; merges of many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all that."""
    op.add_column("contacts", sa.Column("deleted_at", sa.BigInteger()))
    op.add_column("contacts", sa.Column("deleted_by", sa.Text()))
    op.add_column("contacts", sa.Column("restorable_until", sa.BigInteger()))
    deleted = sa.text("deleted_at IS NOT NULL")
    columns = ["deleted_at", "id"]
    op.create_index("ix_contacts_deleted_at", "contacts", columns, sqlite_where=deleted, postgresql_where=deleted)
    op.add_column("merges", sa.Column("batch_id", sa.Text()))
    op.create_index("ix_merges_batch_id", "merges", ["batch_id"])
    op.create_table(
        "merge_batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger()),
        sa.Column("undone_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_merge_batches"),
    )
    op.create_table(
        "dismissed_duplicates",
        sa.Column("one_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["one_id"], ["contacts.id"], name="fk_dismissed_duplicates_one_id"),
        sa.ForeignKeyConstraint(["other_id"], ["contacts.id"], name="fk_dismissed_duplicates_other_id"),
        sa.PrimaryKeyConstraint("one_id", "other_id", name="pk_dismissed_duplicates"),
    )
    op.create_index("ix_dismissed_duplicates_other_id", "dismissed_duplicates", ["other_id"])


def downgrade() -> None:
    """Deleted contacts are there again; those that are gone for good, without a word."""
    op.drop_table("dismissed_duplicates")
    op.drop_table("merge_batches")
    op.drop_index("ix_merges_batch_id", "merges")
    op.drop_column("merges", "batch_id")
    op.drop_index("ix_contacts_deleted_at", "contacts")
    for name in ("restorable_until", "deleted_by", "deleted_at"):
        op.drop_column("contacts", name)
