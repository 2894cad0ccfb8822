"""Measures: catalogue, proposal and its way, opinion, decision, payments, quarterly statement.

What was signed, paid or sent does not change: the database refuses. A decision takes its withdrawal, once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PARTS = (
    "announcing",
    "bureau",
    "tandem-orp",
    "tandem-cms",
    "opinion",
    "approval",
    "decision",
)
ADDED = ("measure_step", "opinion", "payment", "statement_line")
SENTENCE = "what was signed, paid or sent does not change: add a correction"
KEPT = (
    "id",
    "measure_id",
    "case_id",
    "reference",
    "institution_id",
    "sas_id",
    "membership_id",
    "signed_name",
    "signed_title",
    "at",
    "outcome",
    "amount",
    "reason",
    "opinion_id",
    "regime",
    "payer",
    "edition",
)
SENT = ("institution_id", "sas_id", "year", "quarter", "total", "sent_at", "sent_by")
# A case that is erased takes its rows along: by then it is gone itself. A statement stays.
GONE = dict.fromkeys(
    (*ADDED[:3], "decision"), "EXISTS (SELECT 1 FROM cases WHERE id = OLD.case_id)"
)


def _changes(columns: tuple[str, ...], differ: str) -> str:
    return " OR ".join(f"NEW.{column} {differ} OLD.{column}" for column in columns)


def _guards(differ: str) -> dict[str, tuple[str, str]]:
    """For each table: when an update, and when a deletion, is refused."""
    return {
        **{table: ("true", GONE.get(table, "true")) for table in ADDED},
        "decision": (
            f"OLD.withdrawn_at IS NOT NULL OR {_changes(KEPT, differ)}",
            GONE["decision"],
        ),
        "statement": (
            f"OLD.state <> 'draft' AND (NEW.state = 'draft' OR {_changes(SENT, differ)})",
            "OLD.state <> 'draft'",
        ),
    }


def _keep_what_was_signed() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION cii_stays_as_it_was() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN RAISE EXCEPTION '{SENTENCE}'; END $$"
        )
        op.execute(
            "CREATE FUNCTION cii_stays_with_its_case() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {GONE['decision']} THEN RAISE EXCEPTION '{SENTENCE}'; END IF; RETURN OLD; END $$"
        )
        for table, (changed, _) in _guards("IS DISTINCT FROM").items():
            op.execute(
                f"CREATE TRIGGER stays_as_it_was BEFORE UPDATE ON {table} FOR EACH ROW"
                f" WHEN ({changed}) EXECUTE FUNCTION cii_stays_as_it_was()"
            )
            # The condition of a trigger cannot ask another table.
            when = "" if table in GONE else " WHEN (OLD.state <> 'draft')" * (table == "statement")
            function = "cii_stays_with_its_case" if table in GONE else "cii_stays_as_it_was"
            op.execute(
                f"CREATE TRIGGER is_not_deleted BEFORE DELETE ON {table} FOR EACH ROW{when}"
                f" EXECUTE FUNCTION {function}()"
            )
        return
    for table, (changed, deleted) in _guards("IS NOT").items():
        for act, when in (("UPDATE", changed), ("DELETE", deleted)):
            op.execute(
                f"CREATE TRIGGER {table}_stays_{act.lower()} BEFORE {act} ON {table} WHEN {when}"
                f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
            )


def _name_parts(parts: tuple[str, ...]) -> None:
    with op.batch_alter_table("case_part") as batch:
        batch.drop_constraint(op.f("ck_case_part_partkind"), type_="check")
        batch.create_check_constraint(
            op.f("ck_case_part_partkind"), sa.column("part", sa.String(40)).in_(parts)
        )


def _see_every_measure() -> None:
    # Until today no measure was put before anybody: whoever sees the topic sees all of them.
    op.execute("UPDATE case_access SET topics = topics | 1024 WHERE (topics & 512) <> 0")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "measure_type",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True, comment="last day, included"),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_de", sa.String(length=120), nullable=False),
        sa.Column(
            "regimes", sa.JSON(), nullable=False, comment="in whose legal offer it stands (VS-18)"
        ),
        sa.Column(
            "delegated", sa.Boolean(), nullable=False, comment="LACI: to the ORP (VS-19, A-06)"
        ),
        sa.Column("article", sa.JSON(), nullable=False, comment="by regime"),
        sa.Column("source", sa.String(length=400), nullable=False),
        sa.Column("source_de", sa.String(length=400), nullable=False),
        sa.Column(
            "product_default",
            sa.Boolean(),
            nullable=False,
            comment="the text is silent, the product chose",
        ),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["person.id"], name=op.f("fk_measure_type_changed_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_type")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_measure_type_code_valid_from")),
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("sas_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "sent",
                "acknowledged",
                "returned",
                name="statementstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft') = (sent_at IS NULL)", name=op.f("ck_statement_sent_has_a_moment")
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR comment <> ''", name=op.f("ck_statement_returned_has_a_comment")
        ),
        sa.CheckConstraint(
            "quarter BETWEEN 1 AND 4", name=op.f("ck_statement_a_year_has_four_quarters")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["membership.id"], name=op.f("fk_statement_answered_by_membership")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_statement_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["sas_id"], ["institution.id"], name=op.f("fk_statement_sas_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["sent_by"], ["membership.id"], name=op.f("fk_statement_sent_by_membership")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint(
            "institution_id",
            "year",
            "quarter",
            name=op.f("uq_statement_institution_id_year_quarter"),
        ),
    )
    op.create_index("ix_statement_quarter", "statement", ["year", "quarter", "state"], unique=False)
    op.create_table(
        "measure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "type_id",
            sa.Uuid(),
            nullable=False,
            comment="the entry of the catalogue under which the way was found",
        ),
        sa.Column(
            "provider",
            sa.Enum(
                "orp",
                "cms",
                "joint",
                name="provider",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "title", sa.String(length=200), nullable=False, comment="as the organiser names it"
        ),
        sa.Column("organiser", sa.String(length=200), nullable=False),
        sa.Column(
            "goal", sa.String(length=2000), nullable=False, comment="why this measure (VS-38)"
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("regimes", sa.JSON(), nullable=False),
        sa.Column("article_59d", sa.Boolean(), nullable=False),
        sa.Column("outside_canton", sa.Boolean(), nullable=False),
        sa.Column(
            "choice",
            sa.Enum(
                "LACI",
                "LEMC",
                "LIAS",
                name="choice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("choice_reason", sa.String(length=2000), nullable=False),
        sa.Column("commune_number", sa.Integer(), nullable=False),
        sa.Column(
            "regime",
            sa.Enum(
                "LACI",
                "LEMC",
                "LIAS",
                name="regime",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "decider",
            sa.Enum(
                "tandem",
                "lmmt",
                "commune",
                name="decider",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "payer",
            sa.Enum(
                "unemployment-insurance",
                "canton",
                "commune",
                name="payer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("edition", sa.String(length=40), nullable=False, comment="of the rules"),
        sa.Column(
            "stage",
            sa.Enum(
                "draft",
                "to-transmit",
                "at-sas",
                "at-commune",
                "at-lmmt",
                "granted",
                "refused",
                "abandoned",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "turn_id",
            sa.Uuid(),
            nullable=True,
            comment="whose turn: a membership, or the institution of an inbox",
        ),
        sa.Column(
            "social_worker_id",
            sa.Uuid(),
            nullable=True,
            comment="in charge of the person (VS-34, VS-35)",
        ),
        sa.Column("sas_id", sa.Uuid(), nullable=True),
        sa.Column(
            "authority_id",
            sa.Uuid(),
            nullable=True,
            comment="commune or LMMT, once it is put before it",
        ),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(decided IS NOT NULL) = (stage = 'granted')",
            name=op.f("ck_measure_granted_has_an_amount"),
        ),
        sa.CheckConstraint(
            "stage NOT IN ('at-commune', 'at-lmmt') OR authority_id IS NOT NULL",
            name=op.f("ck_measure_authority_is_named"),
        ),
        sa.CheckConstraint(
            "stage NOT IN ('at-sas', 'at-commune') OR sas_id IS NOT NULL",
            name=op.f("ck_measure_sas_is_named"),
        ),
        sa.CheckConstraint("asked >= 0", name=op.f("ck_measure_asks_no_negative_amount")),
        sa.CheckConstraint(
            "decided IS NULL OR decided BETWEEN 0 AND asked",
            name=op.f("ck_measure_decides_at_most_what_was_asked"),
        ),
        sa.CheckConstraint(
            "paid >= 0 AND paid <= coalesce(decided, 0)",
            name=op.f("ck_measure_pays_at_most_what_was_decided"),
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_measure_runs_forward")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["institution.id"], name=op.f("fk_measure_authority_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_measure_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["commune_number"], ["commune.number"], name=op.f("fk_measure_commune_number_commune")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_measure_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["membership.id"], name=op.f("fk_measure_proposed_by_membership")
        ),
        sa.ForeignKeyConstraint(
            ["sas_id"], ["institution.id"], name=op.f("fk_measure_sas_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["social_worker_id"],
            ["membership.id"],
            name=op.f("fk_measure_social_worker_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["type_id"], ["measure_type.id"], name=op.f("fk_measure_type_id_measure_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
    )
    op.create_index(
        "ix_measure_authority", "measure", ["authority_id", "stage", "since", "id"], unique=False
    )
    op.create_index("ix_measure_case_id", "measure", ["case_id", "proposed_at"], unique=False)
    op.create_index(
        "ix_measure_turn", "measure", ["turn_id", "stage", "starts_on", "id"], unique=False
    )
    op.create_table(
        "statement_line",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("sas_id", sa.Uuid(), nullable=False),
        sa.Column("decision_reference", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.Column("paid_before", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False, comment="in this quarter"),
        sa.Column(
            "corrections",
            sa.BigInteger(),
            nullable=False,
            comment="of earlier quarters, part of paid",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_statement_line_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["sas_id"], ["institution.id"], name=op.f("fk_statement_line_sas_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statement.id"],
            name=op.f("fk_statement_line_statement_id_statement"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("statement_id", "number", name=op.f("pk_statement_line")),
    )
    op.create_table(
        "measure_reminder",
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column(
            "number",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="the step since which it waits",
        ),
        sa.Column("to_head", sa.Boolean(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_measure_reminder_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_measure_reminder_measure_id_measure"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "measure_id", "number", "to_head", name=op.f("pk_measure_reminder")
        ),
    )
    op.create_index(
        op.f("ix_measure_reminder_case_id"), "measure_reminder", ["case_id"], unique=False
    )
    op.create_index(
        "ix_measure_reminder_due_on", "measure_reminder", ["sent_at", "due_on"], unique=False
    )
    op.create_table(
        "measure_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="the measure's version after the move"
        ),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "move",
            sa.Enum(
                "propose",
                "change",
                "prepare",
                "submit",
                "transmit",
                "give-opinion",
                "grant",
                "refuse",
                "return",
                "withdraw",
                "abandon",
                name="move",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "draft",
                "to-transmit",
                "at-sas",
                "at-commune",
                "at-lmmt",
                "granted",
                "refused",
                "abandoned",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
            comment="after it",
        ),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "addressee_id",
            sa.Uuid(),
            nullable=True,
            comment="the institution whose turn it is then",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_id"],
            ["institution.id"],
            name=op.f("fk_measure_step_addressee_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_measure_step_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_measure_step_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_measure_step_measure_id_measure"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_measure_step_membership_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_measure_step_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_step")),
        sa.UniqueConstraint("measure_id", "number", name=op.f("uq_measure_step_measure_id_number")),
    )
    op.create_index("ix_measure_step_case_id", "measure_step", ["case_id", "at"], unique=False)
    op.create_table(
        "opinion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="the step with which it was given"
        ),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False, comment="the commune that reads it"),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column(
            "leaning",
            sa.Enum(
                "favourable",
                "with-reservations",
                "unfavourable",
                name="leaning",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["institution.id"], name=op.f("fk_opinion_authority_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_opinion_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_opinion_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_opinion_measure_id_measure"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_opinion_membership_id_membership")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint("id", "measure_id", name=op.f("uq_opinion_id_measure_id")),
        sa.UniqueConstraint("measure_id", "number", name=op.f("uq_opinion_measure_id_number")),
    )
    op.create_index(op.f("ix_opinion_case_id"), "opinion", ["case_id"], unique=False)
    op.create_table(
        "planned_payment",
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quarter", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("sas_id", sa.Uuid(), nullable=True),
        sa.Column("authority_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_planned_payment_plans_no_negative_amount")),
        sa.CheckConstraint(
            "quarter BETWEEN 1 AND 4", name=op.f("ck_planned_payment_a_year_has_four_quarters")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"],
            ["institution.id"],
            name=op.f("fk_planned_payment_authority_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_planned_payment_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_planned_payment_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_planned_payment_measure_id_measure"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sas_id"], ["institution.id"], name=op.f("fk_planned_payment_sas_id_institution")
        ),
        sa.PrimaryKeyConstraint("measure_id", "year", "quarter", name=op.f("pk_planned_payment")),
    )
    op.create_index(
        op.f("ix_planned_payment_case_id"), "planned_payment", ["case_id"], unique=False
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=30), nullable=False, comment="of the document"),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("sas_id", sa.Uuid(), nullable=True),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("signed_name", sa.String(length=161), nullable=False, comment="as of that day"),
        sa.Column("signed_title", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "granted",
                "refused",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("opinion_id", sa.Uuid(), nullable=True),
        sa.Column(
            "regime",
            sa.Enum(
                "LACI",
                "LEMC",
                "LIAS",
                name="regime",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "payer",
            sa.Enum(
                "unemployment-insurance",
                "canton",
                "commune",
                name="payer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column(
            "way", sa.JSON(), nullable=False, comment="the steps with who and rule, as shown then"
        ),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawal_reason", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'granted') = (amount IS NOT NULL)",
            name=op.f("ck_decision_only_a_granted_one_has_an_amount"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason = '')",
            name=op.f("ck_decision_a_withdrawal_has_a_reason"),
        ),
        sa.CheckConstraint(
            "outcome <> 'refused' OR reason <> ''", name=op.f("ck_decision_a_refusal_has_a_reason")
        ),
        sa.CheckConstraint(
            "regime <> 'LIAS' OR opinion_id IS NOT NULL",
            name=op.f("ck_decision_commune_decides_after_the_sas"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_decision_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_decision_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_decision_measure_id_measure"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_decision_membership_id_membership")
        ),
        sa.ForeignKeyConstraint(
            ["opinion_id", "measure_id"],
            ["opinion.id", "opinion.measure_id"],
            name="fk_decision_opinion_of_this_measure",
        ),
        sa.ForeignKeyConstraint(
            ["sas_id"], ["institution.id"], name=op.f("fk_decision_sas_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["membership.id"], name=op.f("fk_decision_withdrawn_by_membership")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("reference", name=op.f("uq_decision_reference")),
    )
    op.create_index(op.f("ix_decision_case_id"), "decision", ["case_id"], unique=False)
    op.create_index(
        "ix_decision_institution_id", "decision", ["institution_id", "at", "id"], unique=False
    )
    op.create_index(
        "uq_decision_in_force",
        "decision",
        ["measure_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("sas_id", sa.Uuid(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column(
            "year", sa.Integer(), nullable=False, comment="of the statement that accounts for it"
        ),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("voucher", sa.String(length=60), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payment_pays_something")),
        sa.CheckConstraint(
            "amount > 0 OR corrects_id IS NOT NULL",
            name=op.f("ck_payment_only_a_correction_is_negative"),
        ),
        sa.CheckConstraint(
            "quarter BETWEEN 1 AND 4", name=op.f("ck_payment_a_year_has_four_quarters")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_payment_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["payment.id"], name=op.f("fk_payment_corrects_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_payment_decision_id_decision")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["membership.id"], name=op.f("fk_payment_entered_by_membership")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_payment_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_payment_measure_id_measure"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sas_id"], ["institution.id"], name=op.f("fk_payment_sas_id_institution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_case_id"), "payment", ["case_id"], unique=False)
    op.create_index(
        "ix_payment_institution_id",
        "payment",
        ["institution_id", "year", "quarter", "id"],
        unique=False,
    )
    op.create_index("ix_payment_measure_id", "payment", ["measure_id", "paid_on"], unique=False)

    _name_parts((*PARTS, "in-charge"))
    _keep_what_was_signed()
    _see_every_measure()


def downgrade() -> None:
    """Take back."""
    op.execute("UPDATE case_access SET topics = topics & ~1024")
    op.execute("DELETE FROM case_part WHERE part = 'in-charge'")
    _name_parts(PARTS)
    op.drop_index("ix_payment_measure_id", table_name="payment")
    op.drop_index("ix_payment_institution_id", table_name="payment")
    op.drop_index(op.f("ix_payment_case_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_index(
        "uq_decision_in_force",
        table_name="decision",
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_index("ix_decision_institution_id", table_name="decision")
    op.drop_index(op.f("ix_decision_case_id"), table_name="decision")
    op.drop_table("decision")
    op.drop_index(op.f("ix_planned_payment_case_id"), table_name="planned_payment")
    op.drop_table("planned_payment")
    op.drop_index(op.f("ix_opinion_case_id"), table_name="opinion")
    op.drop_table("opinion")
    op.drop_index("ix_measure_step_case_id", table_name="measure_step")
    op.drop_table("measure_step")
    op.drop_index("ix_measure_reminder_due_on", table_name="measure_reminder")
    op.drop_index(op.f("ix_measure_reminder_case_id"), table_name="measure_reminder")
    op.drop_table("measure_reminder")
    op.drop_table("statement_line")
    op.drop_index("ix_measure_turn", table_name="measure")
    op.drop_index("ix_measure_case_id", table_name="measure")
    op.drop_index("ix_measure_authority", table_name="measure")
    op.drop_table("measure")
    op.drop_index("ix_statement_quarter", table_name="statement")
    op.drop_table("statement")
    op.drop_table("measure_type")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION cii_stays_with_its_case()")
        op.execute("DROP FUNCTION cii_stays_as_it_was()")
