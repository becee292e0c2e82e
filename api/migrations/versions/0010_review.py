"""What a merge leaves for somebody to look at is of four kinds; one note can be made of two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whatever waits is a value that came late."""
    op.add_column("review_items", sa.Column("kind", sa.Text(), nullable=False, server_default="late"))
    op.create_table(
        "combinations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("note_id", sa.Text(), nullable=False),
        sa.Column("absorbed_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_combinations"),
    )
    op.create_index("ix_combinations_note_id", "combinations", ["note_id"], unique=False)
    op.create_index("ix_combinations_absorbed_id", "combinations", ["absorbed_id"], unique=False)


def downgrade() -> None:
    """Only late values wait. What was added to a note stays there, and the main notes that were are notes again."""
    op.drop_table("combinations")
    op.execute("UPDATE notes SET deleted_at = NULL, deleted_by = NULL WHERE main")
    op.execute("DELETE FROM review_items WHERE kind <> 'late'")
    op.drop_column("review_items", "kind")
