"""Which notes there were: a record of each that was purged, and an index to find those to purge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both."""
    op.create_table(
        "purged_notes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("purged_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_purged_notes_contact_id"),
        sa.PrimaryKeyConstraint("id", name="pk_purged_notes"),
    )
    deleted = sa.text("deleted_at IS NOT NULL")
    op.create_index("ix_notes_deleted_at", "notes", ["deleted_at"], sqlite_where=deleted, postgresql_where=deleted)


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_notes_deleted_at", "notes")
    op.drop_table("purged_notes")
