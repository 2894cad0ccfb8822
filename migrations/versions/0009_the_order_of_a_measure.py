"""A measure goes its way in the order of the text, also where somebody goes round the product: the database refuses.

An opinion is given while the measure is before the SAS; a decision is taken by the authority before which the measure
stands, under its regime and for at most what was asked; a measure is granted or refused by a decision alone.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SENTENCE = "a measure goes its way in the order of the text"

# From where to where, by who decides in the end.
WAYS = {
    "commune": (
        ("draft", "to-transmit"),
        ("to-transmit", "at-sas"),
        ("to-transmit", "draft"),
        ("at-sas", "at-commune"),
        ("at-sas", "to-transmit"),
        ("at-sas", "draft"),
        ("at-commune", "granted"),
        ("at-commune", "refused"),
        ("at-commune", "at-sas"),
        ("at-commune", "to-transmit"),
        ("at-commune", "draft"),
        ("granted", "at-commune"),
        ("refused", "at-commune"),
        ("to-transmit", "abandoned"),
        ("at-sas", "abandoned"),
        ("at-commune", "abandoned"),
        ("draft", "abandoned"),
    ),
    "lmmt": (
        ("draft", "at-lmmt"),
        ("at-lmmt", "granted"),
        ("at-lmmt", "refused"),
        ("at-lmmt", "draft"),
        ("granted", "at-lmmt"),
        ("refused", "at-lmmt"),
        ("at-lmmt", "abandoned"),
        ("draft", "abandoned"),
    ),
    "tandem": (
        ("draft", "granted"),
        ("draft", "refused"),
        ("granted", "draft"),
        ("refused", "draft"),
        ("draft", "abandoned"),
    ),
}
# Where a decision is taken, by who decides.
DECIDED_AT = {"commune": "at-commune", "lmmt": "at-lmmt", "tandem": "draft"}

IN_FORCE = (
    "SELECT 1 FROM decision WHERE decision.measure_id = NEW.id AND decision.withdrawn_at IS NULL"
)


def _moves() -> str:
    return " OR ".join(
        f"(NEW.decider = '{decider}' AND OLD.stage = '{start}' AND NEW.stage = '{end}')"
        for decider, ways in WAYS.items()
        for start, end in ways
    )


def _places() -> str:
    return " OR ".join(
        f"(measure.decider = '{decider}' AND measure.stage = '{stage}')"
        for decider, stage in DECIDED_AT.items()
    )


# For each table and act: when it is refused.
PAYS_AND_DECIDES = "(NEW.regime = 'LIAS') <> (NEW.decider = 'commune')"
REFUSED = {
    ("measure", "INSERT"): f"NEW.stage <> 'draft' OR {PAYS_AND_DECIDES}",
    ("measure", "UPDATE"): (
        f"{PAYS_AND_DECIDES} OR (NEW.stage <> OLD.stage AND (NOT ({_moves()})"  # noqa: S608 - all of it stands in this file
        " OR (NEW.stage = 'at-commune'"
        " AND NOT EXISTS (SELECT 1 FROM opinion WHERE opinion.measure_id = NEW.id))"
        f" OR (NEW.stage NOT IN ('granted', 'refused') AND EXISTS ({IN_FORCE}))"
        " OR (NEW.stage IN ('granted', 'refused')"
        f" AND NOT EXISTS ({IN_FORCE} AND decision.outcome = NEW.stage"
        " AND coalesce(decision.amount, -1) = coalesce(NEW.decided, -1)))))"
    ),
    ("opinion", "INSERT"): (
        "NOT EXISTS (SELECT 1 FROM measure WHERE measure.id = NEW.measure_id"
        " AND measure.case_id = NEW.case_id AND measure.stage = 'at-sas'"
        " AND measure.sas_id = NEW.institution_id AND measure.authority_id = NEW.authority_id)"
    ),
    ("decision", "INSERT"): (
        "NOT EXISTS (SELECT 1 FROM measure WHERE measure.id = NEW.measure_id"  # noqa: S608 - likewise
        " AND measure.case_id = NEW.case_id AND measure.regime = NEW.regime"
        f" AND coalesce(NEW.amount, 0) <= measure.asked AND ({_places()})"
        " AND (measure.decider = 'tandem' OR measure.authority_id = NEW.institution_id))"
    ),
}


def upgrade() -> None:
    """Apply."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for (table, act), refused in REFUSED.items():
        name = f"{table}_in_order_{act.lower()}"
        if postgresql:
            # The condition of a trigger cannot ask another table.
            op.execute(
                f"CREATE FUNCTION cii_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF {refused} THEN RAISE EXCEPTION '{SENTENCE}'; END IF; RETURN NEW; END $$"
            )
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW"
                f" EXECUTE FUNCTION cii_{name}()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {refused}"
                f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
            )


def downgrade() -> None:
    """Take back."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table, act in REFUSED:
        name = f"{table}_in_order_{act.lower()}"
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION cii_{name}()")
