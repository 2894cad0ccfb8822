"""The state of a case stands in the access table too, so that a list of one state is found and not looked for.

The database keeps it: a line refers to the case and its state, and follows when the case moves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LATER = {"ondelete": "CASCADE", "deferrable": True, "initially": "DEFERRED"}
IN_ORDER = ["changed_at", "case_id", "topics", "valid_from", "valid_until"]
TO_CASE = "fk_case_access_case_id_cases"
TO_STATE = "fk_case_access_case_id_state_cases"
WITH_STATE = (
    "INSERT INTO case_access_copy"
    " SELECT reader_id, case_id, valid_from, valid_until, topics, changed_at,"
    " (SELECT state FROM cases WHERE cases.id = case_id) FROM case_access"
)
WITHOUT_STATE = (
    "INSERT INTO case_access_copy"
    " SELECT reader_id, case_id, valid_from, valid_until, topics, changed_at FROM case_access"
)


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_cases_id_state", "cases", ["id", "state"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(TO_CASE, "case_access", type_="foreignkey")
        op.add_column(
            "case_access",
            sa.Column("state", sa.String(length=40), comment="the state of the case"),
        )
        op.execute("UPDATE case_access SET state = cases.state FROM cases WHERE cases.id = case_id")
        op.alter_column("case_access", "state", nullable=False)
        op.create_foreign_key(
            TO_STATE,
            "case_access",
            "cases",
            ["case_id", "state"],
            ["id", "state"],
            onupdate="CASCADE",
            **LATER,
        )
    else:
        _copy(
            [sa.Column("state", sa.String(length=40), nullable=False)],
            sa.ForeignKeyConstraint(
                ["case_id", "state"],
                ["cases.id", "cases.state"],
                name=TO_STATE,
                onupdate="CASCADE",
                **LATER,
            ),
            WITH_STATE,
        )
    op.create_index(
        "ix_case_access_state", "case_access", ["state", "reader_id", *IN_ORDER], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_case_access_state", table_name="case_access")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(TO_STATE, "case_access", type_="foreignkey")
        op.drop_column("case_access", "state")
        op.create_foreign_key(TO_CASE, "case_access", "cases", ["case_id"], ["id"], **LATER)
    else:
        _copy(
            [],
            sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=TO_CASE, **LATER),
            WITHOUT_STATE,
        )
    op.drop_index("ix_cases_id_state", table_name="cases")


def _copy(added: list[sa.Column], reference: sa.ForeignKeyConstraint, rows: str) -> None:
    """Make the table anew on SQLite, where a reference cannot be added to one, in a single pass."""
    op.create_table(
        "case_access_copy",
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("topics", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *added,
        sa.CheckConstraint(
            "valid_from <= valid_until", name=op.f("ck_case_access_period_runs_forward")
        ),
        reference,
        sa.PrimaryKeyConstraint("reader_id", "case_id", "valid_from", name=op.f("pk_case_access")),
    )
    op.execute(rows)
    op.drop_table("case_access")
    op.rename_table("case_access_copy", "case_access")
    op.create_index("ix_case_access_case_id", "case_access", ["case_id"], unique=False)
    op.create_index(
        "ix_case_access_work_list", "case_access", ["reader_id", *IN_ORDER], unique=False
    )
