"""When a contact was deleted, by whom, and until when it can be had back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns, and an index to list those deleted."""
    op.add_column("contacts", sa.Column("deleted_at", sa.BigInteger()))
    op.add_column("contacts", sa.Column("deleted_by", sa.Text()))
    op.add_column("contacts", sa.Column("restorable_until", sa.BigInteger()))
    deleted = sa.text("deleted_at IS NOT NULL")
    columns = ["deleted_at", "id"]
    op.create_index("ix_contacts_deleted_at", "contacts", columns, sqlite_where=deleted, postgresql_where=deleted)


def downgrade() -> None:
    """Deleted contacts are there again; those that are gone for good, without a word."""
    op.drop_index("ix_contacts_deleted_at", "contacts")
    for name in ("restorable_until", "deleted_by", "deleted_at"):
        op.drop_column("contacts", name)
