"""What was signed does not change: a procuration, its lines, its form and a revocation are only added.

They go with their case, when a draft is discarded or a case is erased, and in no other way.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SIGNED = ("procuration", "procuration_line", "signed_form", "revocation", "revocation_ground")
SENTENCE = "what was signed does not change: record another procuration"


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION cii_stays_as_signed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608 - constants
            " IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM cases WHERE id = OLD.case_id)"
            " THEN RETURN OLD; END IF;"
            f" RAISE EXCEPTION '{SENTENCE}'; END $$"
        )
        for table in SIGNED:
            op.execute(
                f"CREATE TRIGGER stays_as_signed BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION cii_stays_as_signed()"
            )
        return
    for table in SIGNED:
        op.execute(
            f"CREATE TRIGGER {table}_is_not_changed BEFORE UPDATE ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )
        # A case takes its rows along: by then it is gone itself.
        op.execute(
            f"CREATE TRIGGER {table}_is_not_deleted BEFORE DELETE ON {table}"  # noqa: S608 - constants
            " WHEN EXISTS (SELECT 1 FROM cases WHERE id = OLD.case_id)"
            f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "postgresql":
        for table in SIGNED:
            op.execute(f"DROP TRIGGER stays_as_signed ON {table}")
        op.execute("DROP FUNCTION cii_stays_as_signed()")
        return
    for table in SIGNED:
        op.execute(f"DROP TRIGGER {table}_is_not_changed")
        op.execute(f"DROP TRIGGER {table}_is_not_deleted")
