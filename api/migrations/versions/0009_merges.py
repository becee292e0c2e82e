"""Merges of contacts, and where the ids of merged ones lead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "merges",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("primary_id", sa.Text(), nullable=False),
        sa.Column("secondary_id", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("secondary_values", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("photo", sa.Text()),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger()),
        sa.Column("undone_by", sa.Text()),
        sa.ForeignKeyConstraint(["primary_id"], ["contacts.id"], name="fk_merges_primary_id"),
        sa.ForeignKeyConstraint(["secondary_id"], ["contacts.id"], name="fk_merges_secondary_id"),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
    )
    op.create_index("ix_merges_primary_id", "merges", ["primary_id"], unique=False)
    op.create_index("ix_merges_secondary_id", "merges", ["secondary_id"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("root_id", sa.Text(), nullable=False),
        sa.Column("merge_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_aliases_contact_id"),
        sa.ForeignKeyConstraint(["root_id"], ["contacts.id"], name="fk_aliases_root_id"),
        sa.ForeignKeyConstraint(["merge_id"], ["merges.id"], name="fk_aliases_merge_id"),
        sa.PrimaryKeyConstraint("contact_id", name="pk_aliases"),
    )
    op.create_index("ix_aliases_root_id", "aliases", ["root_id"], unique=False)
    op.create_table(
        "late_values",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_late_values_contact_id"),
        sa.PrimaryKeyConstraint("contact_id", "key", name="pk_late_values"),
    )
    op.create_table(
        "review_items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("merge_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("resolved_by", sa.Text()),
        sa.Column("choice", sa.Text()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_review_items_contact_id"),
        sa.ForeignKeyConstraint(["merge_id"], ["merges.id"], name="fk_review_items_merge_id"),
        sa.PrimaryKeyConstraint("id", name="pk_review_items"),
    )
    op.create_index("ix_review_items_contact_id", "review_items", ["contact_id"], unique=False)
    op.create_index("ix_review_items_merge_id", "review_items", ["merge_id"], unique=False)


def downgrade() -> None:
    """Every contact stands alone again. What merges wrote in the properties of others stays there."""
    for name in ("review_items", "late_values", "aliases", "merges"):
        op.drop_table(name)
