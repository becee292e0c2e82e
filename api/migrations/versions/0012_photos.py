"""The photo that a contact had before a merge, the order of merges, and pictures that nobody shows any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all that. Merges up to now gave a photo only to a contact that had none, and stand in the order of time."""
    op.add_column("merges", sa.Column("place", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("merges", sa.Column("photo_before", sa.Text()))
    op.create_index("ix_merges_photo_before", "merges", ["photo_before"])
    op.create_index("ix_avatars_sha256", "avatars", ["sha256"])
    op.create_table("left_photos", sa.Column("sha256", sa.Text(), nullable=False))
    op.create_index("ix_left_photos_sha256", "left_photos", ["sha256"])


def downgrade() -> None:
    """A photo that was chosen in a merge stays with the survivor when the merge is undone."""
    op.drop_table("left_photos")
    op.execute(sa.text("UPDATE merges SET photo = NULL WHERE photo_before IS NOT NULL"))
    op.drop_index("ix_avatars_sha256", "avatars")
    op.drop_index("ix_merges_photo_before", "merges")
    op.drop_column("merges", "photo_before")
    op.drop_column("merges", "place")
