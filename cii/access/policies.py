"""Row level security of PostgreSQL, generated from the same rules as the guarded session's."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BindParameter
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors

from cii.access.guard import DERIVED, ONLY_ADDED, OPEN, RULES, Refused, Rule

_SETTINGS = {
    "actor_institution": "nullif(current_setting('cii.actor_institution', true), '')::uuid",
    "actor_reader": "nullif(current_setting('cii.actor_reader', true), '')::uuid",
    "actor_person": "nullif(current_setting('cii.actor_person', true), '')::uuid",
    "actor_day": "nullif(current_setting('cii.actor_day', true), '')::date",
}
_SYSTEM = "coalesce(current_setting('cii.system', true), '') <> ''"
_ADMINISTERS = "coalesce(current_setting('cii.administers', true), '') = '{}'"


def _from_settings(element: Any, **_: Any) -> Any:
    if isinstance(element, BindParameter) and element.key in _SETTINGS:
        return sa.literal_column(_SETTINGS[element.key])
    return None


def _condition(model: type[Any], rule: Rule) -> str:
    table = model.__table__
    condition = visitors.replacement_traverse(rule(model), {}, _from_settings)
    key = next(iter(table.primary_key.columns))
    compiled = (
        sa.select(key)
        .where(condition)
        .compile(
            dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
            compile_kwargs={"literal_binds": True},
        )
    )
    return " ".join(str(compiled).split("WHERE", 1)[1].split())


def policies() -> Iterator[str]:
    """The statements that put every rule into the database; safe to run again."""
    for model in RULES:
        name = model.__table__.name  # type: ignore[attr-defined]
        yield from _enforced(name)
        allowed = f"({_SYSTEM} OR ({_condition(model, RULES[model])}))"
        if model in DERIVED:
            yield f"CREATE POLICY cii_visible ON {name} FOR SELECT USING {allowed}"
            yield f"CREATE POLICY cii_written ON {name} USING ({_SYSTEM})"
        elif model in ONLY_ADDED:
            # Without a policy for them, no line is changed or deleted, not by the system either.
            yield f"CREATE POLICY cii_visible ON {name} FOR SELECT USING {allowed}"
            yield f"CREATE POLICY cii_written ON {name} FOR INSERT WITH CHECK {allowed}"
        else:
            yield f"CREATE POLICY cii_visible ON {name} USING {allowed}"
    for model in OPEN:
        name = model.__table__.name  # type: ignore[attr-defined]
        yield from _enforced(name)
        yield f"CREATE POLICY cii_visible ON {name} FOR SELECT USING (true)"
        allowed = f"{_SYSTEM} OR {_ADMINISTERS.format('everything')}"
        if own := OPEN[model].own:
            allowed += f" OR ({_ADMINISTERS.format('own')} AND ({_condition(model, own)}))"
        yield f"CREATE POLICY cii_written ON {name} USING ({allowed}) WITH CHECK ({allowed})"


def fingerprint() -> str:
    """What tells the policies of this version from those of another."""
    return sha256("\n".join(policies()).encode()).hexdigest()


def lift(connection: sa.Connection) -> None:
    """Take the policies away for the length of a migration: a table that a policy names cannot change.

    Row level security stays in force, so that without policies the product sees nothing; the owner
    sees the rows until policies() stand again, to fill a new column from what is there.
    """
    # Waits briefly for its locks and gives up rather than hold everybody up.
    connection.exec_driver_sql("SET LOCAL lock_timeout = '4s'")
    written = connection.exec_driver_sql(
        "SELECT tablename, policyname FROM pg_policies"
        " WHERE schemaname = 'public' AND policyname IN ('cii_visible', 'cii_written')"
    )
    for table, policy in written.all():
        connection.exec_driver_sql(f"DROP POLICY {policy} ON {table}")
    forced = connection.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relforcerowsecurity"
    )
    for table in forced.scalars().all():
        connection.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")


def _enforced(name: str) -> Iterator[str]:
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS cii_visible ON {name}"
    yield f"DROP POLICY IF EXISTS cii_written ON {name}"


def grants(role: str) -> Iterator[str]:
    """What the application's role may do; it owns nothing."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", role):
        raise ValueError(f"not the name of a role: {role!r}")
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}"


def check_role(engine: sa.Engine) -> None:
    """At start-up: the role stands above nothing, and the policies of this version are in force."""
    if engine.dialect.name != "postgresql":
        return
    with engine.execution_options(unguarded=True).connect() as connection:
        above = connection.exec_driver_sql(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).scalar()
        owned = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND pg_has_role(current_user, relowner, 'MEMBER')"
        ).scalar()
        # A view reads with its owner's eyes, so no view may stand beside the tables either.
        unguarded = connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT (relrowsecurity AND relforcerowsecurity)"
        ).scalars()
        unguarded_names = sorted(set(unguarded) - {"alembic_version"})
        present = connection.exec_driver_sql(
            "SELECT obj_description('alembic_version'::regclass, 'pg_class')"
        ).scalar()
    if above or owned:
        raise Refused(
            "the database role is superuser or owner: give the product a role that owns nothing"
        )
    if unguarded_names:
        raise Refused(
            f"tables without row level security: {', '.join(unguarded_names)}; run cii migrate"
        )
    if present != fingerprint():
        raise Refused("the policies in the database are not those of this version: run cii migrate")
