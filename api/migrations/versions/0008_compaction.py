"""What a log that is thinned needs, and which documents nobody may write in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A row may be a whole edit session; a document knows up to where that is so."""
    op.add_column("documents", sa.Column("thinned", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.add_column("document_updates", sa.Column("first_seq", sa.BigInteger()))
    op.add_column("document_updates", sa.Column("began_at", sa.BigInteger()))
    op.create_table(
        "document_quarantine",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["documents.name"], name="fk_document_quarantine_name", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", name="pk_document_quarantine"),
    )


def downgrade() -> None:
    """Possible while no log is thinned: the program before this one takes the rows between for lost."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM documents WHERE thinned > 0")).scalar():
        raise RuntimeError("logs are thinned: the version before this one cannot read them")
    op.drop_table("document_quarantine")
    op.drop_column("document_updates", "began_at")
    op.drop_column("document_updates", "first_seq")
    op.drop_column("documents", "thinned")
