"""The one door to personal data: a session that reads and writes only what its actor can see.

Four walls, outermost first: every ORM statement receives the rule of each guarded table it names;
what cannot be filtered is refused; a statement that names a guarded table without its rule never
reaches the database; a row that the actor cannot read cannot be written. On PostgreSQL the same
rules are row level security policies as well (policies.py).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam, event
from sqlalchemy.orm import Mapper, ORMExecuteState, SessionTransaction, with_loader_criteria
from sqlalchemy.pool import PoolProxiedConnection
from sqlmodel import Session, SQLModel

from cii.access.actor import Actor
from cii.access.statements import RULE_ALIAS, RULE_TABLE, why_unfilterable
from cii.foundation.database import begin, in_transaction

Rule = Callable[[Any], sa.ColumnElement[bool]]
Row = TypeVar("Row", bound=SQLModel)


class Refused(Exception):
    """The guard cannot filter this statement, or the actor may not write this row."""


class Hidden(LookupError):
    """There is no such row, or the actor cannot see it: the answer is the same."""


@dataclass(frozen=True)
class Open:
    """Why a table needs no rule: everybody signed in may read it, and who writes which of its rows.

    The platform's administrators write all of them, those of an institution the ones of `own`.
    """

    reason: str
    own: Rule | None = None


RULES: dict[type[SQLModel], Rule] = {}
OPEN: dict[type[SQLModel], Open] = {}
ONLY_ADDED: set[type[SQLModel]] = set()
DERIVED: set[type[SQLModel]] = set()

actor_institution = bindparam("actor_institution", type_=sa.Uuid())
actor_reader = bindparam("actor_reader", type_=sa.Uuid())
actor_person = bindparam("actor_person", type_=sa.Uuid())
actor_day = bindparam("actor_day", type_=sa.Date())
ACTOR = (actor_institution, actor_reader, actor_person, actor_day)


def visible(model: type[SQLModel]) -> Callable[[Rule], Rule]:
    """Declare who can see the rows of a table; stands directly below the table."""

    def declare(rule: Rule) -> Rule:
        RULES[model] = rule
        return rule

    return declare


def nobody(row: Any) -> sa.ColumnElement[bool]:
    """Rows that no actor reads: only the system does."""
    return sa.false()


def open_to_all(model: type[SQLModel], reason: str, *, own: Rule | None = None) -> None:
    """Declare that a table holds nothing about a person in a case, and why.

    `own` are the rows that an institution's administrator may write; without it the platform's alone does.
    """
    OPEN[model] = Open(reason, own)


def only_added(model: type[SQLModel]) -> None:
    """Declare that rows of a table are added and never changed, also while reading: the trail."""
    ONLY_ADDED.add(model)


def derived(model: type[SQLModel]) -> None:
    """Declare that rows of a table follow from others: only the system writes them."""
    DERIVED.add(model)


def actor_values(actor: Actor) -> dict[str, UUID | date]:
    """The values that the rules bind by name."""
    return {
        "actor_institution": actor.institution,
        "actor_reader": actor.reader,
        "actor_person": actor.person,
        "actor_day": actor.day,
    }


def _mark(table: str) -> str:
    return f"'{table}'='{table}'"


_criteria_of: dict[int, list[Any]] = {}


def criteria() -> list[Any]:
    """The rules and, for the tripwire, a mark for each rule that was applied."""
    # SQLAlchemy caches a rule by its code, so rules are top-level functions without closures
    # and the actor arrives as bound parameters.
    if len(RULES) not in _criteria_of:
        _criteria_of[len(RULES)] = [
            option
            for model, rule in RULES.items()
            for option in (
                with_loader_criteria(model, rule, include_aliases=True),
                with_loader_criteria(
                    model,
                    sa.literal_column(_mark(model.__table__.name), sa.Boolean()),  # type: ignore[attr-defined]
                    include_aliases=True,
                ),
            )
        ]
    return _criteria_of[len(RULES)]


_guarded_of: dict[int, dict[str, Mapper[Any]]] = {}


def guarded_tables() -> dict[str, Mapper[Any]]:
    """The tables that have a rule, by name."""
    if len(RULES) not in _guarded_of:
        mappers = [sa.inspect(model) for model in RULES]
        _guarded_of[len(RULES)] = {mapper.local_table.name: mapper for mapper in mappers}
    return _guarded_of[len(RULES)]


class GuardedSession(Session):
    """A session for one actor. Without `writes` any change is refused; with `records` a reading
    session may still add lines to the trail, in its own transaction."""

    def __init__(
        self, engine: sa.Engine, actor: Actor, *, writes: bool, records: bool = False
    ) -> None:
        super().__init__(expire_on_commit=False)
        self.engine = engine
        self.actor = actor
        self.writes = writes
        self.records = records
        self.parameters = actor_values(actor)
        self.bound: dict[str, Any] | None = None
        self.shown: set[UUID] = set()  # the cases whose cover was read
        self._driver: PoolProxiedConnection | None = None
        self._connection: sa.Connection | None = None
        self._written: list[Any] = []

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise Refused("this call goes round the guard: use select(), add() or delete()")

    connection = _refuse
    bulk_save_objects = bulk_insert_mappings = bulk_update_mappings = _refuse

    def raw(self) -> sa.Connection:
        """The connection behind the session, for this package alone."""
        return super().connection()

    def begin(self, nested: bool = False) -> SessionTransaction:
        """Only a savepoint is begun by hand: the session's own transaction begins with what it does."""
        if not nested:
            self._refuse()
        return super().begin(nested=True)

    def driver(self) -> PoolProxiedConnection:
        """The driver's own connection, in the session's transaction, for hot reads alone.

        What SQLAlchemy does for a session takes longer than a hot read: it is done where the session
        is used for more (get_bind).
        """
        if self._driver is None:
            driver = self.engine.raw_connection()
            try:
                begin(driver, writes=self.writes or self.records)
                if self.engine.dialect.name == "postgresql":
                    _say_who(driver, self.actor)
            except BaseException:
                driver.close()
                raise
            self._driver = driver
        elif not in_transaction(self._driver):
            raise Refused("the transaction of this session has failed: it is rolled back first")
        return self._driver

    def get_bind(self, *args: Any, **kwargs: Any) -> sa.Connection:
        """The same connection, as SQLAlchemy uses it."""
        if self._connection is None:
            self._connection = sa.Connection(self.engine, self.driver()).execution_options(
                begun=True, guarded_by=self
            )
        return self._connection

    def commit(self) -> None:
        """Commit what was written, and give the connection back."""
        if self.in_transaction():
            super().commit()
        if self._driver is not None:
            self._driver.commit()
        self._give_back()

    def rollback(self) -> None:
        """Undo what was written, and give the connection back."""
        super().rollback()
        self._give_back()

    def close(self) -> None:
        """Undo what was not committed, and give the connection back."""
        try:
            if self.in_transaction() or self.identity_map:
                super().close()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        # The pool rolls back what it receives, and the queue of writers moves on.
        driver, self._driver = self._driver, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        elif driver is not None:
            driver.close()

    def find(self, model: type[Row], key: UUID | int | str) -> Row:
        """The row with this key; Hidden when there is none or the actor cannot see it."""
        row = self.get(model, key)
        if row is None:
            raise Hidden(model.__name__)
        return row


def _say_who(driver: PoolProxiedConnection, actor: Actor) -> None:
    # Ends with the transaction, so that a pooled connection never carries an identity over.
    driver.cursor().execute(
        "SELECT set_config('cii.actor_institution', %s, true), set_config('cii.actor_reader', %s, true),"
        " set_config('cii.actor_person', %s, true), set_config('cii.actor_day', %s, true),"
        " set_config('cii.administers', %s, true)",
        (
            str(actor.institution),
            str(actor.reader),
            str(actor.person),
            actor.day.isoformat(),
            actor.administration,
        ),
    )


@event.listens_for(GuardedSession, "after_transaction_end")
def _end_with_the_transaction(session: GuardedSession, transaction: SessionTransaction) -> None:
    # However it ended: nothing more is read or written on a connection that says nobody's name.
    if transaction.parent is None:
        session._give_back()


@event.listens_for(GuardedSession, "do_orm_execute")
def _filter_every_statement(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, GuardedSession)
    if state.is_column_load:
        # SQLAlchemy adds no rule where it loads columns of a row that it takes for known.
        _check_still_visible(session, state)
        state.update_execution_options(checked=_CHECKED)
        return
    reason = why_unfilterable(state.statement, guarded_tables())
    if reason or not state.is_select:
        raise Refused(reason or "only a select can be filtered")
    if state.is_orm_statement:
        state.statement = state.statement.options(*criteria())
    given = state.parameters or {}
    if not isinstance(given, Mapping):
        raise Refused("a select takes one set of parameters")
    state.parameters = {**given, **session.parameters}


def _check_still_visible(session: GuardedSession, state: ORMExecuteState) -> None:
    row: Any = state.load_options._refresh_state
    model = row.mapper.class_
    with session.no_autoflush:
        if model in RULES and _visible(session, model, [row.key[1]]) == 0:
            raise Hidden(model.__name__)


@event.listens_for(GuardedSession, "before_flush")
def _check_what_changes(session: GuardedSession, context: Any, instances: Any) -> None:
    changed = [row for row in session.dirty if session.is_modified(row)]
    touched = [*session.new, *changed, *session.deleted]
    if not session.writes and any(type(row) not in ONLY_ADDED for row in touched):
        raise Refused("a page that only reads may not write")
    if touched and not (session.writes or session.records):
        raise Refused("this page did not declare that its reading is recorded")
    if any(type(row) in ONLY_ADDED for row in (*changed, *session.deleted)):
        raise Refused("the trail is only added to")
    for row in touched:
        if type(row) in DERIVED:
            raise Refused(f"{type(row).__name__} follows from other rows")
        if any(isinstance(value, sa.ClauseElement) for value in vars(row).values()):
            raise Refused("a row is given values: an expression could read what is hidden")
        if type(row) in OPEN and not _may_write(session.actor, type(row)):
            raise Refused(f"only an administrator may write {type(row).__name__}")
    with session.no_autoflush:
        _check_own(session, [*changed, *session.deleted])
    session._written += [*session.new, *changed]


def _may_write(actor: Actor, model: type[Any]) -> bool:
    """Whether an actor may write any rows of an open table."""
    if actor.administers_everything:
        return True
    return actor.administers and OPEN[model].own is not None


@event.listens_for(GuardedSession, "after_flush_postexec")
def _check_what_was_written(session: GuardedSession, context: Any) -> None:
    written, session._written = session._written, []
    with session.no_autoflush:
        _check_own(session, [row for row in written if sa.inspect(row).persistent])


def _check_own(session: GuardedSession, rows: Iterable[Any]) -> None:
    """Refuse rows that the actor cannot see, or of open tables, that are not the own institution's."""
    by_model: dict[type[Any], list[Any]] = {}
    for row in rows:
        if type(row) in RULES or not session.actor.administers_everything:
            by_model.setdefault(type(row), []).append(sa.inspect(row).identity)
    for model, keys in by_model.items():
        if _visible(session, model, keys) != len(set(keys)):
            raise Refused(
                f"{session.actor.name or 'this actor'} may not write this {model.__name__}"
            )


def _visible(session: GuardedSession, model: type[Any], keys: list[Any]) -> int:
    mapper = sa.inspect(model)
    columns = [mapper.get_property_by_column(each).class_attribute for each in mapper.primary_key]
    condition = (
        columns[0].in_([key[0] for key in keys])
        if len(columns) == 1
        else sa.tuple_(*columns).in_(keys)
    )
    if model in OPEN and (own := OPEN[model].own):
        condition = sa.and_(condition, own(model))
    statement = sa.select(sa.func.count()).select_from(model).where(condition)
    return session.scalar(statement) or 0


_CHECKED = object()
_READS = re.compile(r"[\s(]*(select|with)\b", re.IGNORECASE)
_TRANSACTION = re.compile(r"BEGIN\b|SAVEPOINT\b|RELEASE SAVEPOINT\b|ROLLBACK TO SAVEPOINT\b")
_patterns_of: dict[int, list[tuple[str, str, re.Pattern[str]]]] = {}


def _patterns() -> list[tuple[str, str, re.Pattern[str]]]:
    if len(RULES) not in _patterns_of:
        _patterns_of[len(RULES)] = [
            (table, _mark(table), _mention(table)) for table in guarded_tables()
        ]
    return _patterns_of[len(RULES)]


def _mention(table: str) -> re.Pattern[str]:
    by_a_rule = rf"(?!\s+AS\s+{RULE_ALIAS}\b)" if table == RULE_TABLE else ""
    words = rf'(?:\bFROM|\bJOIN|,)\s+(?:\w+\.)?"?{table}"?{by_a_rule}(?=[\s,)]|$)'
    return re.compile(words, re.IGNORECASE)


def check_marks(sql: str) -> None:
    """Refuse a query that names a guarded table without the mark of its rule, or shows rows in spite of it."""
    for table, mark, pattern in _patterns():
        if len(pattern.findall(sql)) > sql.count(mark):
            raise Refused(f"a query names {table} without its rule")
    if re.search(r"\bFULL\s+(OUTER\s+)?JOIN\b", sql, re.IGNORECASE):
        raise Refused("a full join also shows the rows for which its condition, the rule, is false")


def arm_tripwire(engine: sa.Engine) -> None:
    """Let nothing reach the database but guarded queries, a guarded session's flush, and the system's work."""
    passed: set[str] = set()

    @event.listens_for(engine, "before_cursor_execute")
    def refuse_unguarded(
        connection: sa.Connection,
        cursor: Any,
        sql: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        options = connection.get_execution_options()
        if options.get("unguarded") or _TRANSACTION.match(sql):
            return
        session = options.get("guarded_by")
        if session is None:
            raise Refused("this connection is neither a guarded session's nor the system's")
        if not _READS.match(sql):
            if not session._flushing:
                raise Refused("only the rows of a session are written")
            return
        if sql in passed or (context and context.execution_options.get("checked") is _CHECKED):
            return
        check_marks(sql)
        if len(passed) > 2000:
            passed.clear()
        passed.add(sql)

    @event.listens_for(engine, "handle_error")
    def refused_by_a_policy(failure: sa.ExceptionContext) -> None:
        # PostgreSQL checks a row as it is written, before the session does.
        if "row-level security" in str(failure.original_exception):
            raise Refused("a policy of the database refused this row")


def check_every_table_is_ruled(metadata: sa.MetaData) -> None:
    """At start-up: a table with neither a rule nor a reason to be open, or a rule that cannot be added, stops the product."""
    known = {model.__table__.name for model in (*RULES, *OPEN)}  # type: ignore[attr-defined]
    forgotten = sorted(set(metadata.tables) - known)
    if forgotten:
        raise Refused(f"tables without a visibility rule: {', '.join(forgotten)}")
    criteria()
