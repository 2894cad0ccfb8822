"""An import belongs to a person and an institution; every row of a case that carries a topic has one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHECKS = {
    "journal_entry": "topic >= 4",
    "journal_text": "topic >= 4 AND (topic & 2) <> 0",
    "objective": "topic >= 4",
    "appointment": "topic >= 4",
    "stored_file": "topic >= 4",
}


def upgrade() -> None:
    """Apply."""
    op.add_column("import_row", sa.Column("institution_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE import_row SET institution_id ="
        " (SELECT institution_id FROM import_run WHERE import_run.id = import_row.run_id)"
    )
    with op.batch_alter_table("import_row") as batch:
        batch.alter_column("institution_id", existing_type=sa.Uuid(), nullable=False)
        batch.create_foreign_key(
            op.f("fk_import_row_institution_id_institution"),
            "institution",
            ["institution_id"],
            ["id"],
        )
    for table, check in CHECKS.items():
        with op.batch_alter_table(table) as batch:
            batch.create_check_constraint(op.f(f"ck_{table}_has_a_topic"), check)


def downgrade() -> None:
    """Take back."""
    for table in CHECKS:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_has_a_topic"), type_="check")
    with op.batch_alter_table("import_row") as batch:
        batch.drop_constraint(op.f("fk_import_row_institution_id_institution"), type_="foreignkey")
        batch.drop_column("institution_id")
