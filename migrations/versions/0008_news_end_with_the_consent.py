"""What was not yet told by mail when a procuration ended is not told by mail any more."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "notice",
        sa.Column(
            "withheld_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the consent ended: from then on no mail tells it",
        ),
    )
    op.create_index("ix_notice_case_id", "notice", ["case_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_notice_case_id", table_name="notice")
    op.drop_column("notice", "withheld_at")
