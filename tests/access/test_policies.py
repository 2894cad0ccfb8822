"""What PostgreSQL itself refuses, whoever speaks to it: the policies, tried with the driver alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import alembic.command
import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from cii.access.actor import Actor
from cii.access.guard import DERIVED, ONLY_ADDED, OPEN, RULES, Refused
from cii.access.migrate import migrate
from cii.access.policies import check_role
from cii.foundation.database import create_engine
from tests.access.world import Scene
from tests.house import PEOPLE
from tests.postgres import APP, OWNER, SUPERUSER, Cluster

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("scene", ["postgresql"], indirect=True),
]

TABLE_OF = {model: model.__table__.name for model in (*RULES, *OPEN)}  # type: ignore[attr-defined]


@contextmanager
def driver(scene: Scene, actor: Actor | None = None, *, system: str = "") -> Iterator[Any]:
    """A transaction of the product's role, rolled back; with an actor's settings, the system's, or none."""
    parts = urlsplit(str(scene.store.engine.url))
    with psycopg.connect(
        user=APP, dbname=parts.path.lstrip("/"), host=parse_qs(parts.query)["host"][0]
    ) as connection:
        settings = {"cii.system": system}
        if actor:
            settings |= {
                "cii.actor_institution": str(actor.institution),
                "cii.actor_reader": str(actor.reader),
                "cii.actor_person": str(actor.person),
                "cii.actor_day": actor.day.isoformat(),
                "cii.administers": actor.administration,
            }
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        yield connection
        connection.rollback()


def keys(connection: Any, model: Any) -> set[tuple[Any, ...]]:
    """The keys of the rows that the connection sees in a table."""
    columns = sa.inspect(model).primary_key
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        sql.Identifier(TABLE_OF[model]),
    )
    return {tuple(str(value) for value in row) for row in connection.execute(query)}


def test_whoever_says_nothing_sees_nothing(scene: Scene) -> None:
    with driver(scene) as connection:
        seen = {TABLE_OF[model]: len(keys(connection, model)) for model in RULES}
    assert set(seen.values()) == {0}


def test_the_system_sees_everything(scene: Scene) -> None:
    with driver(scene, system="check") as connection, scene.bare.connect() as bare:
        for model in RULES:
            everything = bare.scalar(sa.select(sa.func.count()).select_from(model))
            assert len(keys(connection, model)) == everything, TABLE_OF[model]


@pytest.mark.parametrize("who", PEOPLE)
def test_the_policies_show_exactly_what_the_guard_shows(scene: Scene, who: str) -> None:
    """Two walls from one rule: what one lets through, the other does, for each of the cast."""
    actor = scene.world.house.actor(who)
    with driver(scene, actor) as connection, scene.store.session(actor, writes=False) as session:
        for model in (*RULES, *OPEN):
            mapper = sa.inspect(model)
            guarded = {
                tuple(
                    _as_stored(getattr(row, mapper.get_property_by_column(column).key))
                    for column in mapper.primary_key
                )
                for row in session.scalars(sa.select(model))
            }
            assert keys(connection, model) == guarded, TABLE_OF[model]


def _as_stored(value: Any) -> str:
    return str(getattr(value, "value", value))


def test_amelie_sees_something_of_her_own_and_a_stranger_to_the_case_less(scene: Scene) -> None:
    """The proofs above compare equal things; here they are not all empty."""
    house = scene.world.house
    seen = {}
    for who in ("amelie", "gaelle"):
        with driver(scene, house.actor(who)) as connection:
            seen[who] = {
                row[0] for row in connection.execute("SELECT reference FROM cases").fetchall()
            }
    assert seen["amelie"] == {scene.world.open.reference, scene.world.closed.reference}
    assert seen["gaelle"] == set()


def test_a_reader_changes_nothing_he_cannot_see(scene: Scene) -> None:
    with driver(scene, scene.world.house.actor("amelie")) as connection:
        changed = connection.execute(
            "UPDATE case_identity SET first_name = 'X' WHERE case_id = %s", (scene.world.far.id,)
        )
        assert changed.rowcount == 0
        deleted = connection.execute("DELETE FROM cases WHERE id = %s", (scene.world.far.id,))
        assert deleted.rowcount == 0


def test_a_row_cannot_be_moved_out_of_sight(scene: Scene) -> None:
    with (
        driver(scene, scene.world.house.actor("amelie")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(
            "UPDATE journal_entry SET case_id = %s WHERE id = %s",
            (scene.world.far.id, scene.world.own_note),
        )


@pytest.mark.parametrize("who", ["amelie", "claire", "odile"])
def test_nobody_gives_himself_access(scene: Scene, who: str) -> None:
    actor = scene.world.house.actor(who)
    with (
        driver(scene, actor) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(
            "INSERT INTO case_access (reader_id, case_id, valid_from, valid_until, topics, changed_at,"
            " state) VALUES (%s, %s, current_date, current_date, 1023, now(), 'coaching')",
            (actor.reader, scene.world.far.id),
        )


@pytest.mark.parametrize("system", ["", "record"])
def test_the_trail_is_neither_changed_nor_deleted_by_the_system_either(
    scene: Scene, system: str
) -> None:
    actor = scene.world.house.actor("amelie")
    with driver(scene, actor, system=system) as connection:
        assert connection.execute("UPDATE audit_event SET ground = 'X'").rowcount == 0
        assert connection.execute("DELETE FROM audit_event").rowcount == 0


@pytest.mark.parametrize(("who", "may"), [("amelie", False), ("odile", True), ("pia", True)])
def test_only_administrators_write_what_is_open_to_all(scene: Scene, who: str, may: bool) -> None:
    with driver(scene, scene.world.house.actor(who)) as connection:
        changed = connection.execute("UPDATE person SET phone = '+41 27 000 00 00'")
        assert (changed.rowcount > 0) == may


def test_every_table_is_under_row_level_security(scene: Scene) -> None:
    with scene.bare.connect() as connection:
        forced = connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
        ).scalars()
        assert set(forced) == set(TABLE_OF.values())


def test_derived_and_added_tables_are_known(scene: Scene) -> None:
    assert {TABLE_OF[model] for model in DERIVED} == {"case_access"}
    assert {TABLE_OF[model] for model in ONLY_ADDED} == {"audit_event", "update_reading"}


# What the product refuses to start with


@contextmanager
def changed(postgres: Cluster, *statements: str) -> Iterator[str]:
    """A fresh database in which somebody ran these statements as superuser; its name."""
    with postgres.database() as name:
        with postgres.raw(SUPERUSER, name) as connection:
            for statement in statements:
                connection.execute(statement)
        yield name


def refusal(postgres: Cluster, name: str, role: str = APP) -> str:
    """Why the product does not start on this database as this role; "" when it does."""
    engine = create_engine(postgres.url(role, name))
    try:
        check_role(engine)
    except Refused as refused:
        return str(refused)
    finally:
        engine.dispose()
    return ""


def test_the_product_starts_as_a_role_that_owns_nothing(postgres: Cluster, scene: Scene) -> None:
    with postgres.database() as name:
        assert refusal(postgres, name) == ""


@pytest.mark.parametrize("role", [OWNER, SUPERUSER])
def test_the_product_does_not_start_as_owner_or_superuser(
    postgres: Cluster, scene: Scene, role: str
) -> None:
    with postgres.database() as name:
        assert "superuser or owner" in refusal(postgres, name, role)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE cii_other LOGIN BYPASSRLS",
        "CREATE ROLE cii_other LOGIN IN ROLE cii_owner",
    ],
)
def test_the_product_does_not_start_as_a_role_that_can_become_more(
    postgres: Cluster, scene: Scene, statement: str
) -> None:
    with changed(postgres, statement) as name:
        try:
            assert "superuser or owner" in refusal(postgres, name, "cii_other")
        finally:
            with postgres.raw(SUPERUSER) as connection:
                connection.execute("DROP ROLE cii_other")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE cases DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE cases NO FORCE ROW LEVEL SECURITY",
        "CREATE TABLE extra (id integer)",
        "CREATE VIEW extra AS SELECT * FROM cases",
        "CREATE MATERIALIZED VIEW extra AS SELECT * FROM cases",
    ],
)
def test_the_product_does_not_start_where_a_table_is_without_policies(
    postgres: Cluster, scene: Scene, statement: str
) -> None:
    with changed(postgres, statement) as name:
        assert "without row level security" in refusal(postgres, name)


def test_the_product_does_not_start_with_the_policies_of_another_version(
    postgres: Cluster, scene: Scene
) -> None:
    with changed(postgres, "COMMENT ON TABLE alembic_version IS 'older'") as name:
        assert "run cii migrate" in refusal(postgres, name)
        migrate(postgres.url(OWNER, name), role=APP)
        assert refusal(postgres, name) == ""


def test_a_migration_that_fails_leaves_the_policies_as_they_were(
    postgres: Cluster, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("a migration with a mistake")

    monkeypatch.setattr(alembic.command, "upgrade", fail)
    with postgres.database() as name:
        with postgres.raw(SUPERUSER, name) as connection:
            before = connection.execute("SELECT * FROM pg_policies ORDER BY 2, 3").fetchall()
        with pytest.raises(RuntimeError, match="with a mistake"):
            migrate(postgres.url(OWNER, name), role=APP)
        with postgres.raw(SUPERUSER, name) as connection:
            after = connection.execute("SELECT * FROM pg_policies ORDER BY 2, 3").fetchall()
        assert before == after
        assert before
