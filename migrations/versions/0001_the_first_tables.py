"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "case-read",
                "list-read",
                "avs-revealed",
                "refused",
                "draft-saved",
                "announced",
                "completed",
                "asked-to-complete",
                "refused-admission",
                "admitted",
                "tandem-named",
                "coaching-started",
                "suspended",
                "resumed",
                "imported",
                "procuration-recorded",
                "procuration-revoked",
                "procuration-printed",
                "file-added",
                "file-read",
                "note-published",
                "note-corrected",
                "objective-set",
                "objective-changed",
                "appointment-arranged",
                "appointment-changed",
                "deputy-named",
                "deputy-ended",
                "person-changed",
                "institution-changed",
                "signed-in",
                "signed-out",
                "sign-in-refused",
                "password-changed",
                name="act",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True, comment="None: the system"),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column(
            "subject_id",
            sa.Uuid(),
            nullable=True,
            comment="the row concerned: a note, a file, a person",
        ),
        sa.Column(
            "ground", sa.String(length=400), nullable=False, comment="rule, right or reason given"
        ),
        sa.Column(
            "details",
            sa.JSON(),
            nullable=False,
            comment="keys and numbers only: no content, no name of a person coached",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_case_id_at", "audit_event", ["case_id", "at"], unique=False)
    op.create_index("ix_audit_event_person_id_at", "audit_event", ["person_id", "at"], unique=False)
    op.create_table(
        "case_number",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_case_number")),
    )
    op.create_table(
        "commune",
        sa.Column(
            "number", sa.Integer(), autoincrement=False, nullable=False, comment="BFS number"
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "other_name", sa.String(length=80), nullable=False, comment="in the other language"
        ),
        sa.Column("district_fr", sa.String(length=80), nullable=False),
        sa.Column("district_de", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("cms_region", sa.String(length=60), nullable=False),
        sa.Column("postcodes", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_commune")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum(
                "access-ended",
                "to-complete",
                "refused",
                "admitted",
                "tandem-named",
                "resumed",
                name="subject",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("case_reference", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        "ix_notice_reader_id_seen_at", "notice", ["reader_id", "seen_at", "at"], unique=False
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False, comment="in lower case"),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "search_name",
            sa.String(length=340),
            nullable=False,
            comment="last and first name, folded",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_index("ix_person_search_name", "person", ["search_name", "id"], unique=False)
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "key",
            sa.String(length=100),
            nullable=False,
            comment="hash of the account or the address",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_key_at", "sign_in_attempt", ["key", "at"], unique=False)
    op.create_table(
        "credential",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_credential_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "institution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "orp",
                "cms",
                "commune",
                "sas",
                "lmmt",
                "bureau",
                "oai",
                "cea",
                "provider",
                "platform",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_de", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("commune_number", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commune_number"],
            ["commune.number"],
            name=op.f("fk_institution_commune_number_commune"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("commune_number", name=op.f("uq_institution_commune_number")),
        sa.UniqueConstraint("name", name=op.f("uq_institution_name")),
    )
    op.create_table(
        "identity_provider",
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column(
            "secret_name",
            sa.String(length=80),
            nullable=False,
            comment="environment variable that holds the client's secret",
        ),
        sa.Column(
            "vouches_for_email",
            sa.Boolean(),
            nullable=False,
            comment="the institution assigns the addresses itself: email_verified may be absent",
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_identity_provider_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_identity_provider")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False, comment="rows checked so far"),
        sa.Column("last_line", sa.Integer(), nullable=False, comment="line of the last one"),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced", sa.Integer(), nullable=False),
        sa.Column("to_complete", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_import_run_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_import_run_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(
        "ix_import_run_person_id", "import_run", ["person_id", "started_at"], unique=False
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "seat",
            sa.Enum(
                "member",
                "head",
                "admin",
                name="seat",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False, comment="function, as signed"),
        sa.Column(
            "activity_rate",
            sa.Numeric(precision=5, scale=2),
            nullable=True,
            comment="percent of a post spent in tandems (VS-15, VS-16)",
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "activity_rate IS NULL OR (activity_rate >= 0 AND activity_rate <= 100)",
            name=op.f("ck_membership_rate_is_a_percentage"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_membership_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "person_id", "institution_id", name=op.f("uq_membership_person_id_institution_id")
        ),
    )
    op.create_index("ix_membership_institution_id", "membership", ["institution_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False, comment="VS-2026-0142"),
        sa.Column("programme", sa.String(length=20), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "orp",
                "social-aid",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("announcing_institution_id", sa.Uuid(), nullable=False),
        sa.Column("announcing_membership_id", sa.Uuid(), nullable=False),
        sa.Column(
            "office_reference",
            sa.String(length=40),
            nullable=True,
            comment="the announcing office's own, from an import",
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "announced",
                "to-complete",
                "refused",
                "admitted",
                "tandem-assigned",
                "coaching",
                "assessed",
                "closed",
                "suspended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="in this state"),
        sa.Column(
            "state_before",
            sa.Enum(
                "draft",
                "announced",
                "to-complete",
                "refused",
                "admitted",
                "tandem-assigned",
                "coaching",
                "assessed",
                "closed",
                "suspended",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
            comment="to return to from suspension",
        ),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'suspended' OR state_before IS NOT NULL",
            name=op.f("ck_cases_suspended_knows_whereto"),
        ),
        sa.ForeignKeyConstraint(
            ["announcing_institution_id"],
            ["institution.id"],
            name=op.f("fk_cases_announcing_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["announcing_membership_id"],
            ["membership.id"],
            name=op.f("fk_cases_announcing_membership_id_membership"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "announcing_institution_id", "office_reference", name="uq_cases_office_reference"
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
    )
    op.create_index("ix_cases_state", "cases", ["state", "since"], unique=False)
    op.create_table(
        "deputyship",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("absent_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="last day, included"),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "absent_id <> deputy_id", name=op.f("ck_deputyship_deputy_is_somebody_else")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_deputyship_runs_forward")),
        sa.ForeignKeyConstraint(
            ["absent_id"], ["membership.id"], name=op.f("fk_deputyship_absent_id_membership")
        ),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["membership.id"], name=op.f("fk_deputyship_deputy_id_membership")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_deputyship_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["named_by"], ["person.id"], name=op.f("fk_deputyship_named_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputyship")),
    )
    op.create_index("ix_deputyship_absent_id", "deputyship", ["absent_id"], unique=False)
    op.create_index("ix_deputyship_institution_id", "deputyship", ["institution_id"], unique=False)
    op.create_table(
        "import_row",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column(
            "line", sa.Integer(), autoincrement=False, nullable=False, comment="line of the file"
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("wrong", sa.Boolean(), nullable=False, comment="has errors"),
        sa.Column(
            "known", sa.Boolean(), nullable=False, comment="already imported: changes nothing"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_import_row_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["import_run.id"],
            name=op.f("fk_import_row_run_id_import_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "line", name=op.f("pk_import_row")),
    )
    op.create_table(
        "signed_in_session",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False, comment="the acting institution"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False, comment="absolute limit"),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column(
            "vouched_by",
            sa.Uuid(),
            nullable=True,
            comment="institution whose identity provider signed the person in: acts for no other",
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_signed_in_session_membership_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_signed_in_session_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["vouched_by"],
            ["institution.id"],
            name=op.f("fk_signed_in_session_vouched_by_institution"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_signed_in_session")),
    )
    op.create_index(
        "ix_signed_in_session_person_id", "signed_in_session", ["person_id"], unique=False
    )
    op.create_table(
        "announcement_draft",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_announcement_draft_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_announcement_draft_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_announcement_draft")),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "cancelled",
                "missed",
                name="appointmentstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="of the .ics: counts changes"),
        sa.CheckConstraint(
            "minutes > 0 AND minutes <= 1440", name=op.f("ck_appointment_lasts_up_to_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_appointment_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_appointment_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_appointment_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index("ix_appointment_case_id", "appointment", ["case_id", "at"], unique=False)
    op.create_table(
        "case_access",
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False, comment="last day, included"),
        sa.Column("topics", sa.Integer(), nullable=False, comment="bits of consent.topics.Topic"),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="last change that this reader can see",
        ),
        sa.CheckConstraint(
            "valid_from <= valid_until", name=op.f("ck_case_access_period_runs_forward")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_access_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("reader_id", "case_id", "valid_from", name=op.f("pk_case_access")),
    )
    op.create_index("ix_case_access_case_id", "case_access", ["case_id"], unique=False)
    op.create_index(
        "ix_case_access_work_list",
        "case_access",
        ["reader_id", "changed_at", "case_id", "topics", "valid_from", "valid_until"],
        unique=False,
    )
    op.create_table(
        "case_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "announced",
                "to-complete",
                "refused",
                "admitted",
                "tandem-assigned",
                "coaching",
                "assessed",
                "closed",
                "suspended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("addressee_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("next_steps", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["addressee_id"],
            ["institution.id"],
            name=op.f("fk_case_answer_addressee_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_answer_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_case_answer_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_case_answer_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_answer")),
    )
    op.create_index("ix_case_answer_case_id", "case_answer", ["case_id", "at"], unique=False)
    op.create_table(
        "case_employment",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("regimes", sa.JSON(), nullable=False),
        sa.Column("followed_by_orp", sa.Boolean(), nullable=True),
        sa.Column("orp_membership_id", sa.Uuid(), nullable=True),
        sa.Column("limited_adapted_activity", sa.Boolean(), nullable=False),
        sa.Column("doubtful_placement_aptitude", sa.Boolean(), nullable=False),
        sa.Column(
            "insertion",
            sa.Enum(
                "partial",
                "none",
                name="insertionstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("potential", sa.Boolean(), nullable=True),
        sa.Column("potential_reason", sa.String(length=2000), nullable=False),
        sa.Column("employability_verified_on", sa.Date(), nullable=True),
        sa.Column("integration_indicated", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_employment_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_case_employment_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["orp_membership_id"],
            ["membership.id"],
            name=op.f("fk_case_employment_orp_membership_id_membership"),
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_employment")),
    )
    op.create_table(
        "case_identity",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column(
            "search_name",
            sa.String(length=170),
            nullable=False,
            comment="last and first name, folded",
        ),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("avs_number", sa.String(length=13), nullable=False, comment="13 digits"),
        sa.Column("street", sa.String(length=120), nullable=False),
        sa.Column("postcode", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("commune_number", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_identity_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["commune_number"],
            ["commune.number"],
            name=op.f("fk_case_identity_commune_number_commune"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_case_identity_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_identity")),
    )
    op.create_index("ix_case_identity_avs_number", "case_identity", ["avs_number"], unique=False)
    op.create_index("ix_case_identity_search_name", "case_identity", ["search_name"], unique=False)
    op.create_table(
        "case_need",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("intensive_coaching", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_need_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_case_need_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_need")),
    )
    op.create_table(
        "case_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "membership_id",
            sa.Uuid(),
            nullable=True,
            comment="the professional; None for a shared inbox",
        ),
        sa.Column(
            "part",
            sa.Enum(
                "announcing",
                "bureau",
                "tandem-orp",
                "tandem-cms",
                "opinion",
                "approval",
                "decision",
                name="partkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="last day, included"),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on <= ends_on", name=op.f("ck_case_part_runs_forward")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_part_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_case_part_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_case_part_membership_id_membership")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_part")),
    )
    op.create_index("ix_case_part_case_id", "case_part", ["case_id"], unique=False)
    op.create_index("ix_case_part_membership_id", "case_part", ["membership_id"], unique=False)
    op.create_table(
        "case_social",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "risk-cumulation",
                "complex-multiple",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "risk_factors",
            sa.JSON(),
            nullable=False,
            comment="keys of RISK_FACTORS, or the announcing professional's own words",
        ),
        sa.Column("followed_by_cms", sa.Boolean(), nullable=True),
        sa.Column("cms_membership_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_social_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["cms_membership_id"],
            ["membership.id"],
            name=op.f("fk_case_social_cms_membership_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_case_social_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_social")),
    )
    op.create_table(
        "case_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "announced",
                "to-complete",
                "refused",
                "admitted",
                "tandem-assigned",
                "coaching",
                "assessed",
                "closed",
                "suspended",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("institution_id", sa.Uuid(), nullable=True),
        sa.Column(
            "ground", sa.String(length=40), nullable=False, comment="rule or code of the ground"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_step_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_case_step_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_case_step_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    op.create_index("ix_case_step_case_id", "case_step", ["case_id", "at"], unique=False)
    op.create_table(
        "journal_draft",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_journal_draft_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_journal_draft_person_id_person")
        ),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_journal_draft")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "interview",
                "phone",
                "email",
                "employer",
                "note",
                name="notekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "domain",
            sa.Enum(
                "evaluation",
                "qualification",
                "placement",
                "insertion",
                name="domain",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "significant", sa.Boolean(), nullable=False, comment="goes to the monthly update"
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_journal_entry_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_journal_entry_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_journal_entry_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    op.create_index(
        "ix_journal_entry_case_id", "journal_entry", ["case_id", "day", "id"], unique=False
    )
    op.create_table(
        "objective",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Integer(), nullable=False),
        sa.Column("goal", sa.String(length=300), nullable=False),
        sa.Column(
            "domain",
            sa.Enum(
                "evaluation",
                "qualification",
                "placement",
                "insertion",
                name="domain",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "reached",
                "partly-reached",
                "dropped",
                name="objectivestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_since", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_objective_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_objective_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_objective_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objective")),
    )
    op.create_index("ix_objective_case_id", "objective", ["case_id"], unique=False)
    op.create_table(
        "past_measure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "basic-programme",
                "employability-verification",
                name="pastmeasurekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_past_measure_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_past_measure_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_measure")),
    )
    op.create_index("ix_past_measure_case_id", "past_measure", ["case_id"], unique=False)
    op.create_table(
        "procuration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False, comment="last day, included"),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_for", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "signed_on <= valid_from", name=op.f("ck_procuration_signed_before_valid")
        ),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_procuration_runs_forward")),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_procuration_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["person.id"], name=op.f("fk_procuration_recorded_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_for"],
            ["institution.id"],
            name=op.f("fk_procuration_recorded_for_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["procuration.id"], name=op.f("fk_procuration_replaces_id_procuration")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procuration")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_procuration_replaces_id")),
    )
    op.create_index("ix_procuration_case_id", "procuration", ["case_id"], unique=False)
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"], ["person.id"], name=op.f("fk_stored_file_added_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_stored_file_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_stored_file_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_index("ix_stored_file_case_id", "stored_file", ["case_id", "added_at"], unique=False)
    op.create_table(
        "tandem",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("orp_membership_id", sa.Uuid(), nullable=False),
        sa.Column("cms_membership_id", sa.Uuid(), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("named_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "orp_membership_id <> cms_membership_id", name=op.f("ck_tandem_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_tandem_case_id_cases"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["cms_membership_id"],
            ["membership.id"],
            name=op.f("fk_tandem_cms_membership_id_membership"),
        ),
        sa.ForeignKeyConstraint(
            ["named_by"], ["person.id"], name=op.f("fk_tandem_named_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["orp_membership_id"],
            ["membership.id"],
            name=op.f("fk_tandem_orp_membership_id_membership"),
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_tandem")),
    )
    op.create_index("ix_tandem_cms_membership_id", "tandem", ["cms_membership_id"], unique=False)
    op.create_index("ix_tandem_orp_membership_id", "tandem", ["orp_membership_id"], unique=False)
    op.create_table(
        "journal_text",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "topic", sa.Integer(), nullable=False, comment="the entry's topic and the bit NOTES"
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=20000), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_journal_text_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entry.id"],
            name=op.f("fk_journal_text_entry_id_journal_entry"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_journal_text_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_journal_text_person_id_person")
        ),
        sa.PrimaryKeyConstraint("entry_id", "version", name=op.f("pk_journal_text")),
    )
    op.create_index("ix_journal_text_case_id", "journal_text", ["case_id"], unique=False)
    op.create_table(
        "procuration_line",
        sa.Column("procuration_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "orp",
                "cms",
                "commune",
                "sas",
                "lmmt",
                "bureau",
                "oai",
                "cea",
                "provider",
                "platform",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("topics", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_procuration_line_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["procuration_id"],
            ["procuration.id"],
            name=op.f("fk_procuration_line_procuration_id_procuration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("procuration_id", "kind", name=op.f("pk_procuration_line")),
    )
    op.create_index(
        op.f("ix_procuration_line_case_id"), "procuration_line", ["case_id"], unique=False
    )
    op.create_table(
        "revocation",
        sa.Column("procuration_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_revocation_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_revocation_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["procuration_id"],
            ["procuration.id"],
            name=op.f("fk_revocation_procuration_id_procuration"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["person.id"], name=op.f("fk_revocation_recorded_by_person")
        ),
        sa.PrimaryKeyConstraint("procuration_id", name=op.f("pk_revocation")),
    )
    op.create_index(op.f("ix_revocation_case_id"), "revocation", ["case_id"], unique=False)
    op.create_table(
        "revocation_ground",
        sa.Column("procuration_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "oral",
                "phone",
                "letter",
                "email",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason", sa.String(length=500), nullable=False, comment="if the person gave one"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_revocation_ground_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_revocation_ground_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["procuration_id"],
            ["procuration.id"],
            name=op.f("fk_revocation_ground_procuration_id_procuration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("procuration_id", name=op.f("pk_revocation_ground")),
    )
    op.create_index(
        op.f("ix_revocation_ground_case_id"), "revocation_ground", ["case_id"], unique=False
    )
    op.create_table(
        "signed_form",
        sa.Column("procuration_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=1000), nullable=False),
        sa.Column(
            "explained",
            sa.String(length=500),
            nullable=False,
            comment="how it was explained to the person",
        ),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True, comment="the scan"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_signed_form_case_id_cases"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_signed_form_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["procuration_id"],
            ["procuration.id"],
            name=op.f("fk_signed_form_procuration_id_procuration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("procuration_id", name=op.f("pk_signed_form")),
    )
    op.create_index(op.f("ix_signed_form_case_id"), "signed_form", ["case_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_signed_form_case_id"), table_name="signed_form")
    op.drop_table("signed_form")
    op.drop_index(op.f("ix_revocation_ground_case_id"), table_name="revocation_ground")
    op.drop_table("revocation_ground")
    op.drop_index(op.f("ix_revocation_case_id"), table_name="revocation")
    op.drop_table("revocation")
    op.drop_index(op.f("ix_procuration_line_case_id"), table_name="procuration_line")
    op.drop_table("procuration_line")
    op.drop_index("ix_journal_text_case_id", table_name="journal_text")
    op.drop_table("journal_text")
    op.drop_index("ix_tandem_orp_membership_id", table_name="tandem")
    op.drop_index("ix_tandem_cms_membership_id", table_name="tandem")
    op.drop_table("tandem")
    op.drop_index("ix_stored_file_case_id", table_name="stored_file")
    op.drop_table("stored_file")
    op.drop_index("ix_procuration_case_id", table_name="procuration")
    op.drop_table("procuration")
    op.drop_index("ix_past_measure_case_id", table_name="past_measure")
    op.drop_table("past_measure")
    op.drop_index("ix_objective_case_id", table_name="objective")
    op.drop_table("objective")
    op.drop_index("ix_journal_entry_case_id", table_name="journal_entry")
    op.drop_table("journal_entry")
    op.drop_table("journal_draft")
    op.drop_index("ix_case_step_case_id", table_name="case_step")
    op.drop_table("case_step")
    op.drop_table("case_social")
    op.drop_index("ix_case_part_membership_id", table_name="case_part")
    op.drop_index("ix_case_part_case_id", table_name="case_part")
    op.drop_table("case_part")
    op.drop_table("case_need")
    op.drop_index("ix_case_identity_search_name", table_name="case_identity")
    op.drop_index("ix_case_identity_avs_number", table_name="case_identity")
    op.drop_table("case_identity")
    op.drop_table("case_employment")
    op.drop_index("ix_case_answer_case_id", table_name="case_answer")
    op.drop_table("case_answer")
    op.drop_index("ix_case_access_work_list", table_name="case_access")
    op.drop_index("ix_case_access_case_id", table_name="case_access")
    op.drop_table("case_access")
    op.drop_index("ix_appointment_case_id", table_name="appointment")
    op.drop_table("appointment")
    op.drop_table("announcement_draft")
    op.drop_index("ix_signed_in_session_person_id", table_name="signed_in_session")
    op.drop_table("signed_in_session")
    op.drop_table("import_row")
    op.drop_index("ix_deputyship_institution_id", table_name="deputyship")
    op.drop_index("ix_deputyship_absent_id", table_name="deputyship")
    op.drop_table("deputyship")
    op.drop_index("ix_cases_state", table_name="cases")
    op.drop_table("cases")
    op.drop_index("ix_membership_institution_id", table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_import_run_person_id", table_name="import_run")
    op.drop_table("import_run")
    op.drop_table("identity_provider")
    op.drop_table("institution")
    op.drop_table("credential")
    op.drop_index("ix_sign_in_attempt_key_at", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_index("ix_person_search_name", table_name="person")
    op.drop_table("person")
    op.drop_index("ix_notice_reader_id_seen_at", table_name="notice")
    op.drop_table("notice")
    op.drop_table("commune")
    op.drop_table("case_number")
    op.drop_index("ix_audit_event_person_id_at", table_name="audit_event")
    op.drop_index("ix_audit_event_case_id_at", table_name="audit_event")
    op.drop_table("audit_event")
