"""What waits is found in order: indexes for the first page of the bureau CII, and of who announced.

Each of them gives the cases of one state, the longest waiting first, and the procurations by their last
day, so that a first page reads what it shows and nothing more.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_cases_state", table_name="cases")
    op.create_index("ix_cases_state", "cases", ["state", "since", "id"], unique=False)
    op.create_index(
        "ix_cases_announced",
        "cases",
        ["announcing_institution_id", "state", "since", "id"],
        unique=False,
    )
    op.create_index("ix_procuration_valid_until", "procuration", ["valid_until"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_procuration_valid_until", table_name="procuration")
    op.drop_index("ix_cases_announced", table_name="cases")
    op.drop_index("ix_cases_state", table_name="cases")
    op.create_index("ix_cases_state", "cases", ["state", "since"], unique=False)
