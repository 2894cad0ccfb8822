"""Which statements rules can be added to: those that speak of models, and hide no SQL in words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Mapper
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnClause, TextClause
from sqlalchemy.sql.lambdas import LambdaElement
from sqlalchemy.sql.selectable import (
    AliasedReturnsRows,
    FromClause,
    HasPrefixes,
    HasSuffixes,
    Select,
    TableClause,
)
from sqlalchemy.sql.visitors import HasTraverseInternals

# The one table that rules themselves read, and the name under which they alone do.
RULE_TABLE = "case_access"
RULE_ALIAS = "rule_access"
_IN_WORDS = ("_prefixes", "_suffixes", "_hints", "_statement_hints")


def why_unfilterable(statement: Any, guarded: Mapping[str, Mapper[Any]]) -> str:
    """Why the rules of guarded tables (by name) cannot be added to a statement; "" when they can."""
    # session.get() compares the columns of the table itself; that one clause is SQLAlchemy's own.
    own = {id(mapper._get_clause[0]) for mapper in guarded.values()}
    for element in _elements(statement, own):
        if isinstance(element, UpdateBase):
            return "insert(), update() and delete() skip the write check: change the rows"
        if _is_named_as_a_rules_own(element):
            return f"{RULE_ALIAS} is the name under which the rules read: another alias, please"
        if _is_words(element):
            # text("a OR b") gets no parentheses and would cancel the rule appended with AND.
            return "text, literal columns, prefixes, hints and lambdas cannot be filtered"
        table = _table_without_model(element)
        if table in guarded:
            return f"{table} is named as a table: select its model, or aliased(model)"
    return ""


def _elements(statement: Any, skipped: set[int]) -> Iterator[Any]:
    waiting, seen = [statement], set(skipped)
    while waiting:
        element = waiting.pop()
        if id(element) not in seen:
            seen.add(id(element))
            yield element
            waiting.extend(_children(element))


def _children(element: Any) -> Iterable[Any]:
    if isinstance(element, TableClause):
        return ()
    if isinstance(element, ColumnClause):
        # A column leads to the sub-query that it comes from.
        source = element.table
        return () if source is None or _table_behind(source) is not None else (source,)
    if _table_behind(element) is not None and _is_allowed(element):
        return ()
    if isinstance(element, Select):
        # Its own get_children() adds the tables behind its columns; what was written counts.
        return HasTraverseInternals.get_children(element)
    children: Iterable[Any] = element.get_children()
    return children


def _is_named_as_a_rules_own(element: Any) -> bool:
    # Within a rule, a table of this name would be taken for the rule's own.
    source = element.table if isinstance(element, ColumnClause) else element
    return isinstance(source, FromClause) and (
        str(getattr(source, "name", "")).casefold() == RULE_ALIAS
    )


def _is_words(element: Any) -> bool:
    if isinstance(element, ColumnClause):
        return element.is_literal and re.fullmatch(r"\*|\d+", element.name) is None
    if isinstance(element, (HasPrefixes, HasSuffixes)):
        return any(getattr(element, name, None) for name in _IN_WORDS)
    return isinstance(element, (TextClause, LambdaElement))


def _table_without_model(element: Any) -> str:
    if isinstance(element, TableClause) and not _is_allowed(element):
        return element.name
    if isinstance(element, ColumnClause) and not _is_allowed(element):
        table = _table_behind(element.table)
        if table is not None and not _is_allowed(element.table):
            return table.name
    return ""


def _table_behind(element: Any) -> TableClause | None:
    while isinstance(element, AliasedReturnsRows):
        element = element.element
    return element if isinstance(element, TableClause) else None


def _is_allowed(element: Any) -> bool:
    # What comes from a model carries this annotation; the ORM adds the model's rule to it.
    return "parententity" in element._annotations
