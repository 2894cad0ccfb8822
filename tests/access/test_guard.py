"""No shape of query or write goes round the guard; with the guard switched off, every one does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import Session, SQLModel

from cii.access.guard import Hidden, Refused, _say_who
from cii.foundation.database import create_engine
from tests.access.shapes import BOTH, HONEST, READS, WRITES, Tried
from tests.access.world import CANARY, Scene, World


class OnlyPolicies(Session):
    """A session without the guard, on PostgreSQL: the policies alone stand before the rows."""

    actor: Any


@event.listens_for(OnlyPolicies, "after_begin")
def _say_whose_policies(session: Any, transaction: Any, connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        _say_who(connection.connection, session.actor)


@contextmanager
def unguarded(engine: sa.Engine, kind: type[Session] = Session, actor: Any = None) -> Iterator[Any]:
    """A session without the guard."""
    bound = engine.execution_options(unguarded=True, writes=True)
    with kind(bound, expire_on_commit=False) as session:
        session.actor = actor
        yield session


def everything(connection: sa.Connection) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    return {
        table.name: sorted(map(str, connection.execute(sa.select(table))))
        for table in SQLModel.metadata.sorted_tables
    }


@contextmanager
def nothing_changes(scene: Scene) -> Iterator[None]:
    """Every row of the database is the same before and after."""
    with scene.bare.connect() as connection:
        before = everything(connection)
    yield
    with scene.bare.connect() as connection:
        assert everything(connection) == before


def answer(session: Any, tried: Tried, world: World) -> str:
    """What a shape of reading yields: its rows, or the error that it ends with."""
    try:
        return str(tried.run(session, world))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def attempt(session: Any, tried: Tried, world: World) -> None:
    """Write, and keep what was written; whoever is refused leaves nothing."""
    try:
        tried.run(session, world)
        session.commit()
    except (Refused, Hidden, LookupError, Warning, sa.exc.SQLAlchemyError):
        session.rollback()


def on_each(
    shapes: dict[str, Tried], *databases: str, without_guard: bool = False
) -> pytest.MarkDecorator:
    """Each shape on each of the databases that know it."""
    marks = {"sqlite": (), "postgresql": (pytest.mark.postgres,)}
    return pytest.mark.parametrize(
        ("scene", "tried"),
        [
            pytest.param(database, tried, id=f"{database}-{name}", marks=marks[database])
            for name, tried in shapes.items()
            for database in databases or BOTH
            if database in tried.on and not (without_guard and tried.guard_only)
        ],
        indirect=["scene"],
    )


def _amelie(scene: Scene) -> Any:
    return scene.world.house.actor("amelie")


@on_each(READS)
def test_no_shape_of_reading_shows_what_is_hidden(scene: Scene, tried: Tried) -> None:
    with scene.store.session(_amelie(scene), writes=True) as session:
        told = answer(session, tried, scene.world)
    assert CANARY not in told
    if tried.run.__name__ in HONEST:
        assert "Refused" not in told


@on_each(READS, without_guard=True)
def test_without_the_guard_the_same_shape_shows_it(scene: Scene, tried: Tried) -> None:
    with unguarded(scene.bare) as session:
        assert CANARY in answer(session, tried, scene.world)


@on_each(WRITES)
def test_no_shape_of_writing_changes_what_is_not_ones_own(scene: Scene, tried: Tried) -> None:
    with (
        nothing_changes(scene),
        scene.store.session(_amelie(scene), writes=True) as session,
    ):
        attempt(session, tried, scene.world)


@on_each(WRITES)
def test_without_the_guard_the_same_writing_succeeds(scene: Scene, tried: Tried) -> None:
    if tried.commits:
        # A database is copied while nobody is in it.
        scene.close()
        with scene.copy() as url:
            engine = create_engine(url)
            with unguarded(engine) as session:
                before = everything(session.connection())
                attempt(session, tried, scene.world)
                after = everything(session.connection())
            engine.dispose()
    else:
        with unguarded(scene.bare) as session:
            before = everything(session.connection())
            tried.run(session, scene.world)
            session.flush()
            after = everything(session.connection())
            session.rollback()
    assert after != before


@on_each(READS, "postgresql", without_guard=True)
def test_the_policies_alone_show_nothing_either(scene: Scene, tried: Tried) -> None:
    with unguarded(scene.store.engine, OnlyPolicies, _amelie(scene)) as session:
        assert CANARY not in answer(session, tried, scene.world)


@on_each(WRITES, "postgresql")
def test_the_policies_alone_let_nothing_be_written_either(scene: Scene, tried: Tried) -> None:
    with (
        nothing_changes(scene),
        unguarded(scene.store.engine, OnlyPolicies, _amelie(scene)) as session,
    ):
        attempt(session, tried, scene.world)
