"""Rights that reach open sockets: the number that counts their changes, and people who were removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin to count."""
    op.create_table(
        "rights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rights"),
    )
    op.execute("INSERT INTO rights (id, epoch) VALUES (1, 0)")
    op.add_column("users", sa.Column("removed_at", sa.BigInteger()))


def downgrade() -> None:
    """Who was removed has an account again; their sessions and tokens are gone."""
    op.drop_column("users", "removed_at")
    op.drop_table("rights")
