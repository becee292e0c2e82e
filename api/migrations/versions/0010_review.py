"""What a merge leaves for somebody to look at is of four kinds."""

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


def downgrade() -> None:
    """Only late values wait."""
    op.execute("DELETE FROM review_items WHERE kind <> 'late'")
    op.drop_column("review_items", "kind")
