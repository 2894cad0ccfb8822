"""A statement takes its lines before it is sent and the SAS's answer once: nothing is added to it or answered again afterwards."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SENTENCE = "what was signed, paid or sent does not change: add a correction"
SENT = ("institution_id", "sas_id", "year", "quarter", "total", "sent_at", "sent_by")
ANSWER = ("state", "answered_at", "answered_by", "comment")
STATE = "(SELECT state FROM statement WHERE id = NEW.statement_id)"


def _changes(columns: tuple[str, ...], differ: str) -> str:
    return " OR ".join(f"NEW.{column} {differ} OLD.{column}" for column in columns)


def _was_sent(differ: str) -> str:
    return f"OLD.state <> 'draft' AND (NEW.state = 'draft' OR {_changes(SENT, differ)})"


def _is_settled(differ: str) -> str:
    return (
        f"({_was_sent(differ)}) OR (OLD.answered_at IS NOT NULL AND ({_changes(ANSWER, differ)}))"
    )


def _replace(condition: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER stays_as_it_was ON statement")
        op.execute(
            "CREATE TRIGGER stays_as_it_was BEFORE UPDATE ON statement FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION cii_stays_as_it_was()"
        )
    else:
        op.execute("DROP TRIGGER statement_stays_update")
        op.execute(
            f"CREATE TRIGGER statement_stays_update BEFORE UPDATE ON statement WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        _replace(_is_settled("IS DISTINCT FROM"))
        op.execute(
            "CREATE FUNCTION cii_takes_lines_as_a_draft() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {STATE} IS DISTINCT FROM 'draft' THEN RAISE EXCEPTION '{SENTENCE}'; END IF;"
            " RETURN NEW; END $$"
        )
        op.execute(
            "CREATE TRIGGER is_not_added BEFORE INSERT ON statement_line FOR EACH ROW"
            " EXECUTE FUNCTION cii_takes_lines_as_a_draft()"
        )
        return
    _replace(_is_settled("IS NOT"))
    op.execute(
        f"CREATE TRIGGER statement_line_stays_insert BEFORE INSERT ON statement_line WHEN {STATE} IS NOT 'draft'"
        f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
    )


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER is_not_added ON statement_line")
        op.execute("DROP FUNCTION cii_takes_lines_as_a_draft()")
        _replace(_was_sent("IS DISTINCT FROM"))
    else:
        op.execute("DROP TRIGGER statement_line_stays_insert")
        _replace(_was_sent("IS NOT"))
