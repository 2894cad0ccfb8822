"""Monthly updates: covers, paragraphs, addenda, readings; settings, pauses."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "monthly_settings",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "due_before",
            sa.Integer(),
            nullable=False,
            comment="working days before the last one of the month",
        ),
        sa.Column(
            "first_reminder",
            sa.Integer(),
            nullable=False,
            comment="working days before the due day; 0: none",
        ),
        sa.Column(
            "second_reminder",
            sa.Integer(),
            nullable=False,
            comment="working days before the due day; 0: none",
        ),
        sa.Column(
            "digest_day", sa.Integer(), nullable=False, comment="working day of the next month"
        ),
        sa.Column(
            "digest_hour",
            sa.Integer(),
            nullable=False,
            comment="on a Valais clock, from this hour on",
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "link",
                "full",
                name="digestmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "deputy_receives",
            sa.Boolean(),
            nullable=False,
            comment="in the place of whoever is absent",
        ),
        sa.CheckConstraint(
            "digest_day BETWEEN 1 AND 10", name=op.f("ck_monthly_settings_digest_in_the_first_half")
        ),
        sa.CheckConstraint(
            "digest_hour BETWEEN 0 AND 23", name=op.f("ck_monthly_settings_hour_of_a_day")
        ),
        sa.CheckConstraint(
            "due_before BETWEEN 0 AND 10", name=op.f("ck_monthly_settings_due_in_the_second_half")
        ),
        sa.CheckConstraint(
            "first_reminder BETWEEN 0 AND 10",
            name=op.f("ck_monthly_settings_first_reminder_is_near"),
        ),
        sa.CheckConstraint(
            "second_reminder BETWEEN 0 AND 10",
            name=op.f("ck_monthly_settings_second_reminder_is_near"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_monthly_settings_institution_id_institution"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_monthly_settings")),
    )
    op.create_table(
        "digest_pause",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_digest_pause_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_digest_pause")),
    )
    op.create_table(
        "monthly_update",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False, comment="its first day"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "to-write",
                "draft",
                "published",
                "nothing-new",
                "missed",
                name="updatestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("institution_id", sa.Uuid(), nullable=True, comment="of whoever wrote last"),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "sent_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="handed over with a digest; from then on only addenda",
        ),
        sa.Column("reminders", sa.Integer(), nullable=False, comment="already given to the tandem"),
        sa.CheckConstraint(
            "state NOT IN ('published', 'nothing-new') OR published_at IS NOT NULL",
            name=op.f("ck_monthly_update_settled_has_its_moment"),
        ),
        sa.CheckConstraint(
            "month <= due_on", name=op.f("ck_monthly_update_due_after_its_month_began")
        ),
        sa.CheckConstraint(
            "sent_at IS NULL OR published_at IS NOT NULL",
            name=op.f("ck_monthly_update_sent_was_settled"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_monthly_update_author_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_monthly_update_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_monthly_update_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monthly_update")),
        sa.UniqueConstraint("case_id", "month", name=op.f("uq_monthly_update_case_id_month")),
    )
    op.create_index(
        "ix_monthly_update_state", "monthly_update", ["state", "due_on", "id"], unique=False
    )
    op.create_table(
        "addendum",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=20000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("topic >= 4 AND (topic & 2) <> 0", name=op.f("ck_addendum_has_a_topic")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_addendum_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_addendum_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_addendum_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["update_id"],
            ["monthly_update.id"],
            name=op.f("fk_addendum_update_id_monthly_update"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addendum")),
    )
    op.create_index("ix_addendum_case_id", "addendum", ["case_id"], unique=False)
    op.create_index("ix_addendum_update_id", "addendum", ["update_id", "at"], unique=False)
    op.create_table(
        "update_element",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "implementation",
                "evolution",
                name="updatepart",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "topic",
            sa.Integer(),
            nullable=False,
            comment="coaching, the topic of its source, and the bit NOTES",
        ),
        sa.Column(
            "source",
            sa.Enum(
                "typed",
                "note",
                "objective",
                "appointment",
                "measure",
                name="sourcekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=20000), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(source = 'typed') = (source_id IS NULL)",
            name=op.f("ck_update_element_prepared_knows_its_source"),
        ),
        sa.CheckConstraint(
            "topic >= 4 AND (topic & 2) <> 0", name=op.f("ck_update_element_has_a_topic")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_update_element_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_update_element_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_update_element_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["update_id"],
            ["monthly_update.id"],
            name=op.f("fk_update_element_update_id_monthly_update"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_element")),
    )
    op.create_index("ix_update_element_case_id", "update_element", ["case_id"], unique=False)
    op.create_index(
        "ix_update_element_update_id",
        "update_element",
        ["update_id", "part", "position"],
        unique=False,
    )
    op.create_table(
        "update_reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_update_reading_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_update_reading_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_update_reading_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["update_id"],
            ["monthly_update.id"],
            name=op.f("fk_update_reading_update_id_monthly_update"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_reading")),
    )
    op.create_index("ix_update_reading_case_id", "update_reading", ["case_id"], unique=False)
    op.create_index(
        "ix_update_reading_update_id",
        "update_reading",
        ["update_id", "person_id", "at"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_update_reading_update_id", table_name="update_reading")
    op.drop_index("ix_update_reading_case_id", table_name="update_reading")
    op.drop_table("update_reading")
    op.drop_index("ix_update_element_update_id", table_name="update_element")
    op.drop_index("ix_update_element_case_id", table_name="update_element")
    op.drop_table("update_element")
    op.drop_index("ix_addendum_update_id", table_name="addendum")
    op.drop_index("ix_addendum_case_id", table_name="addendum")
    op.drop_table("addendum")
    op.drop_index("ix_monthly_update_state", table_name="monthly_update")
    op.drop_table("monthly_update")
    op.drop_table("monthly_settings")
    op.drop_table("digest_pause")
