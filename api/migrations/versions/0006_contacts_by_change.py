"""An index for the list of contacts in the order of their last change."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_index("ix_contacts_updated_at", "contacts", ["updated_at", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_contacts_updated_at", "contacts")
