"""How values are stored: moments, sets of flags, enumerations; and the names of constraints."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, IntFlag
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

metadata = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A point in time, stored as UTC; a datetime without time zone is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Aware datetimes only, converted to UTC."""
        return None if value is None else _in_utc(value)

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        """As SQLAlchemy writes it for SQLite, in a third of the time."""
        return _for_sqlite if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """SQLite forgets the time zone: what it stores is UTC."""
        # Lists are full of moments; the way through a chain of processors is four times as long.
        return (
            _of_sqlite if dialect.name == "sqlite" else super().result_processor(dialect, coltype)
        )


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {value!r}")
    return value.astimezone(UTC)


def _for_sqlite(value: datetime | None) -> str | None:
    return _in_utc(value).isoformat(" ", "microseconds")[:26] if value else None


def _of_sqlite(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored + "+00:00") if stored else None


class KeyInWords(TypeDecorator[str]):
    """A key that is only read, to stand in an address: its text, without the object around it."""

    impl = sa.Uuid
    cache_ok = True

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """PostgreSQL's driver gives keys as objects."""
        return _dashed if dialect.name == "sqlite" else str


def _dashed(stored: str) -> str:
    return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"


class Flags(TypeDecorator[Any]):
    """A set of flags (an IntFlag), stored as an integer."""

    impl = sa.Integer
    cache_ok = True

    def __init__(self, flags: type[IntFlag]) -> None:
        super().__init__()
        self.flags = flags

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> int | None:
        """The integer of the set."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Any:
        """The set of the integer."""
        return None if value is None else self.flags(value)


class Centimes(TypeDecorator[Decimal]):
    """An amount of francs, stored as whole centimes, so that databases add it up exactly."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> int | None:
        """The centimes; ValueError for an amount that is finer."""
        if value is None:
            return None
        centimes = value * 100
        if centimes != int(centimes):
            raise ValueError(f"finer than a centime: {value!r}")
        return int(centimes)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Decimal | None:
        """Francs with two decimals."""
        return None if value is None else Decimal(value).scaleb(-2)


def stored_by_value(kind: type[Enum], *, closed: bool = True, name: str = "") -> sa.Enum:
    """An enumeration stored as its value; a closed one has a CHECK constraint, an open one grows freely.

    `name` tells the constraints of two columns of one table apart.
    """
    return sa.Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=closed,
        validate_strings=True,
        length=40,
        name=name or kind.__name__.lower(),
    )


class unindexed(GenericFunction[Any]):  # noqa: N801 - it reads like a function
    """The value of a column, to which no index shall lead.

    SQLite knows nothing of a LIMIT when it chooses an index: a list in the order of one would be
    found by another and then be sorted as a whole.
    """

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column, type_=column.type)


@compiles(unindexed)
def _plain(value: unindexed, compiler: Any, **options: Any) -> str:
    words: str = compiler.process(value.clauses, **options)
    return words


@compiles(unindexed, "sqlite")
def _without_index(value: unindexed, compiler: Any, **options: Any) -> str:
    return f"+{_plain(value, compiler, **options)}"
