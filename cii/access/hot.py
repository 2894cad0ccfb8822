"""Hot reads: statements built once, with the guard's rules already in them, returning tuples.

A hot read costs what the driver costs: no ORM objects, no rule added while it runs. It is declared
at module level in a capability's queries.py and can only be run through a guarded session.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID, SafeUUID

import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection
from sqlmodel import SQLModel

from cii.access.guard import (
    ACTOR,
    ONLY_ADDED,
    GuardedSession,
    Refused,
    check_marks,
    criteria,
    guarded_tables,
)
from cii.access.statements import why_unfilterable
from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.foundation.columns import Flags

_NOBODYS: Mapping[str, Any] = {}
_UNKNOWN = SafeUUID.unknown


class HotRead:
    """One select, compiled once per kind of database; `run` binds the actor and the values."""

    def __init__(self, build: Callable[[], Any]) -> None:
        """`build` makes the ORM select; it is called when every table and rule is declared."""
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def run(self, session: GuardedSession, **values: Any) -> list[tuple[Any, ...]]:
        """The rows that the session's actor sees."""
        dialect = session.engine.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._build(), dialect)
        return compiled.run(session.driver(), values, _bound(session))

    def one(self, session: GuardedSession, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        rows = self.run(session, **values)
        return rows[0] if rows else None


class HotAdd:
    """One insert into the trail, compiled once: a line that costs what the driver costs.

    Whose line it is, is not for the caller to say: `person` and `institution` name the columns that
    the guard fills from the session's actor, whose own line is always visible to him or her.
    """

    def __init__(self, model: type[SQLModel], *, person: str, institution: str) -> None:
        self._model = model
        self._own = {person: "actor_person", institution: "actor_institution"}
        self._compiled: dict[str, _Statement] = {}

    def run(self, session: GuardedSession, **values: Any) -> None:
        """Add one row; Refused where the page did not declare that its reading is recorded."""
        if self._model not in ONLY_ADDED or not (session.writes or session.records):
            raise Refused(f"this page does not add to {self._model.__name__}")
        dialect = session.engine.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            insert = sa.insert(self._model.__table__).compile(dialect=dialect)  # type: ignore[attr-defined]
            compiled = self._compiled[dialect.name] = _Statement(insert)
        bound = _bound(session)
        own = {column: bound[name] for column, name in self._own.items()}
        compiled.execute(session.driver(), values, own).close()


def _bound(session: GuardedSession) -> dict[str, Any]:
    """The actor's values as the driver takes them, made once for a session."""
    if session.bound is None:
        ways_in = _actors_ways_in(session.engine.dialect)
        session.bound = {
            name: process(value) if (process := ways_in[name]) else value
            for name, value in session.parameters.items()
        }
    return session.bound


@lru_cache(maxsize=8)
def _actors_ways_in(dialect: sa.Dialect) -> dict[str, Any]:
    return {bind.key: bind.type._cached_bind_processor(dialect) for bind in ACTOR}


def _arranged(names: list[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    # A getter gives two values or more in a tuple, and one as it is.
    return itemgetter(*names) if len(names) > 1 else lambda bound: [bound[name] for name in names]


class _Statement:
    """A compiled statement: its words, and how the values go in."""

    def __init__(self, compiled: Any) -> None:
        self.sql: str = compiled.string
        names: list[str] = list(compiled.positiontup or compiled.binds)
        into: Mapping[str, Callable[[Any], Any]] = compiled._bind_processors
        self.into = {name: into.get(name) for name in names}
        self.arranged: Callable[[dict[str, Any]], Any] = (
            _arranged(names) if compiled.positional else dict
        )
        self.constants = {
            name: process(bind.value) if (process := self.into[name]) else bind.value
            for name, bind in compiled.binds.items()
            if name in self.into and not bind.required
        }

    def execute(
        self,
        driver: PoolProxiedConnection,
        values: Mapping[str, Any],
        own: Mapping[str, Any] = _NOBODYS,
    ) -> Any:
        """The driver's cursor; `own` are the actor's values, as the driver takes them."""
        bound, into = {**self.constants}, self.into
        for name, value in values.items():
            if name in into:
                process = into[name]
                bound[name] = process(value) if process else value
        # The actor's come last: no caller puts others in their place.
        bound.update(own)
        cursor = driver.cursor()
        cursor.execute(self.sql, self.arranged(bound))
        return cursor


class _Compiled(_Statement):
    """A compiled select: also how the values come out."""

    def __init__(self, statement: Any, dialect: sa.Dialect, *, guarded: bool = True) -> None:
        reason = why_unfilterable(statement, guarded_tables()) if guarded else ""
        if reason:
            raise Refused(reason)
        options = criteria() if guarded else []
        compiled: Any = statement.options(*options).compile(dialect=dialect)
        super().__init__(compiled)
        if guarded:
            check_marks(self.sql)
        self.out = _ways_out([_way_out(each.type, dialect) for each in compiled._result_columns])

    def run(
        self,
        driver: PoolProxiedConnection,
        values: Mapping[str, Any],
        own: Mapping[str, Any] = _NOBODYS,
    ) -> list[tuple[Any, ...]]:
        """The rows."""
        cursor = self.execute(driver, values, own)
        try:
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        finally:
            cursor.close()
        return self.out(rows) if self.out and rows else rows


def _ways_out(
    processes: list[Callable[[Any], Any] | None],
) -> Callable[[list[tuple[Any, ...]]], list[tuple[Any, ...]]] | None:
    """How rows come out; None where they come as they are.

    Written as a function of its own for each select: a loop over the cells would take twice as long.
    """
    if not any(processes):
        return None
    names = [f"c{place}" for place in range(len(processes))]
    cells = [
        f"None if {name} is None else out{name}({name})" if process else name
        for name, process in zip(names, processes, strict=True)
    ]
    row = f"lambda rows: [({', '.join(cells)},) for ({', '.join(names)},) in rows]"
    out = {f"out{name}": process for name, process in zip(names, processes, strict=True)}
    made: Callable[[list[tuple[Any, ...]]], list[tuple[Any, ...]]] = eval(row, out)  # noqa: S307 - of numbers alone
    return made


def _way_out(kind: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """How a value comes out of a column of this type."""
    process: Callable[[Any], Any] | None = kind._cached_result_processor(dialect, None)
    if process and isinstance(kind, (sa.Enum, Flags)):
        # They have few values: each is made once.
        return cache(process)
    if process and isinstance(kind, sa.Uuid):
        return _key
    return process


def _key(stored: str) -> UUID:
    # UUID() looks for braces, prefixes and hyphens first, which a database does not give.
    key = object.__new__(UUID)
    object.__setattr__(key, "int", int(stored, 16))
    object.__setattr__(key, "is_safe", _UNKNOWN)
    return key


class SystemStep:
    """A statement of the system's own, compiled once, run in its session: what happens for every single mail."""

    def __init__(self, build: Callable[[], Any]) -> None:
        """`build` makes a Core statement; its values are bound parameters."""
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def _ready(self, session: SystemSession) -> tuple["_Compiled", PoolProxiedConnection]:
        connection = session.connection()
        name = connection.dialect.name
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = _Compiled(
                self._build(), connection.dialect, guarded=False
            )
        return compiled, connection.connection

    def rows(self, session: SystemSession, **values: Any) -> list[tuple[Any, ...]]:
        """The rows that it selects or returns."""
        compiled, driver = self._ready(session)
        return compiled.run(driver, values)

    def run(self, session: SystemSession, **values: Any) -> int:
        """How many rows it changed."""
        compiled, driver = self._ready(session)
        cursor = compiled.execute(driver, values)
        changed: int = cursor.rowcount
        cursor.close()
        return changed


class SystemRead:
    """A select of the system's own, built once: the session that a cookie names, before there is an actor."""

    def __init__(self, reason: Reason, build: Callable[[], Any]) -> None:
        self.reason = reason
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def run(self, store: Store, **values: Any) -> list[tuple[Any, ...]]:
        """The rows, unfiltered."""
        dialect = store.engine.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = _Compiled(self._build(), dialect, guarded=False)
            self._compiled[dialect.name] = compiled
        driver = store.engine.raw_connection()
        try:
            if dialect.name == "postgresql":
                announce = "SELECT set_config('cii.system', %s, true)"
                driver.cursor().execute(announce, (self.reason.value,))
            return compiled.run(driver, values)
        finally:
            driver.close()
