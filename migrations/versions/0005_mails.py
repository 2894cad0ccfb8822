"""Mails: rows to be sent, the cases they speak of, due periods, readers' choices and certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "due_period",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", "scheduled_for", name=op.f("pk_due_period")),
    )
    op.create_table(
        "mail_choice",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "pace",
            sa.Enum(
                "at-once",
                "daily",
                "none",
                name="pace",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_mail_choice_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mail_choice")),
    )
    op.create_table(
        "reader_certificate",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False, comment="X.509, DER"),
        sa.Column(
            "fingerprint", sa.String(length=64), nullable=False, comment="SHA-256, hexadecimal"
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_from < valid_until", name=op.f("ck_reader_certificate_runs_forward")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["person.id"], name=op.f("fk_reader_certificate_entered_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_reader_certificate_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_reader_certificate")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False, comment="also the left part of the Message-ID"),
        sa.Column(
            "key",
            sa.String(length=200),
            nullable=False,
            comment="what is sent once: kind, reader and the scheduled period",
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False, comment="the reader's seat"),
        sa.Column(
            "facts",
            sa.JSON(),
            nullable=False,
            comment="keys and dates from which it is composed; no content",
        ),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "delayed",
                "ambiguous",
                "failed",
                "bounced",
                "stopped",
                name="message_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True, comment="one attempt of one sender"),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "trouble",
            sa.Enum(
                "connection",
                "certificate",
                "sign-in",
                "refused-for-now",
                "refused",
                "no-answer",
                "sender-gone",
                "too-late",
                "no-address",
                "not-composed",
                "came-back",
                name="trouble",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "answer",
            sa.String(length=40),
            nullable=False,
            comment="the relay's code, as 550 5.1.1: no words, no address",
        ),
        sa.Column(
            "put_away_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when somebody looked at its trouble and left it there",
        ),
        sa.CheckConstraint(
            "(state IN ('queued', 'delayed')) = (next_attempt_at IS NOT NULL)",
            name=op.f("ck_message_what_waits_has_a_moment"),
        ),
        sa.CheckConstraint(
            "state <> 'sent' OR sent_at IS NOT NULL",
            name=op.f("ck_message_what_was_sent_has_a_moment"),
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_message_membership_id_membership")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
    )
    op.create_index("ix_message_membership_id", "message", ["membership_id"], unique=False)
    op.create_index("ix_message_state", "message", ["state", "id"], unique=False)
    op.create_index(
        "ix_message_waiting",
        "message",
        ["next_attempt_at", "id"],
        unique=False,
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "forwarded_notice",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_forwarded_notice_membership_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_forwarded_notice_message_id_message")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
            name=op.f("fk_forwarded_notice_notice_id_notice"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notice_id", "membership_id", name=op.f("pk_forwarded_notice")),
    )
    op.create_index(
        "ix_forwarded_notice_collected",
        "forwarded_notice",
        ["membership_id"],
        unique=False,
        sqlite_where=sa.text("message_id IS NULL"),
        postgresql_where=sa.text("message_id IS NULL"),
    )
    op.create_index(
        "ix_forwarded_notice_message_id", "forwarded_notice", ["message_id"], unique=False
    )
    op.create_table(
        "message_case",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("case_reference", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column(
            "trouble",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "delayed",
                "ambiguous",
                "failed",
                "bounced",
                "stopped",
                name="message_trouble",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("trouble_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_message_case_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_message_case_membership_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_message_case_message_id_message"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "case_id", name=op.f("pk_message_case")),
    )
    op.create_index("ix_message_case_case_id", "message_case", ["case_id", "trouble"], unique=False)
    op.add_column(
        "notice",
        sa.Column(
            "forwarded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the mails that its readers wish were arranged",
        ),
    )
    # What was told before there were mails is not told again by mail.
    op.execute("UPDATE notice SET forwarded_at = at")
    op.create_index(
        "ix_notice_to_forward",
        "notice",
        ["at"],
        unique=False,
        sqlite_where=sa.text("forwarded_at IS NULL"),
        postgresql_where=sa.text("forwarded_at IS NULL"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "ix_notice_to_forward",
        table_name="notice",
        sqlite_where=sa.text("forwarded_at IS NULL"),
        postgresql_where=sa.text("forwarded_at IS NULL"),
    )
    op.drop_column("notice", "forwarded_at")
    op.drop_index("ix_message_case_case_id", table_name="message_case")
    op.drop_table("message_case")
    op.drop_index("ix_forwarded_notice_message_id", table_name="forwarded_notice")
    op.drop_index(
        "ix_forwarded_notice_collected",
        table_name="forwarded_notice",
        sqlite_where=sa.text("message_id IS NULL"),
        postgresql_where=sa.text("message_id IS NULL"),
    )
    op.drop_table("forwarded_notice")
    op.drop_index(
        "ix_message_waiting",
        table_name="message",
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.drop_index("ix_message_state", table_name="message")
    op.drop_index("ix_message_membership_id", table_name="message")
    op.drop_table("message")
    op.drop_table("reader_certificate")
    op.drop_table("mail_choice")
    op.drop_table("due_period")
