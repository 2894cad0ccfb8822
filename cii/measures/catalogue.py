"""The catalogue of a day, from the administrator's dated entries (VS-07, VS-18)."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.measures.models import MeasureType
from cii.programmes.catalogue import CatalogueEntry, catalogue_on
from cii.programmes.routing import Regime


def types_today(session: GuardedSession) -> Mapping[str, MeasureType]:
    """The types of measure in force today, by code, in the order of their names."""
    rows = session.exec(select(MeasureType).order_by(MeasureType.name)).all()
    return _in_force(rows, session.actor.day)


def _in_force(rows: Iterable[MeasureType], day: date) -> Mapping[str, MeasureType]:
    latest: dict[str, MeasureType] = {}
    for row in rows:
        other = latest.get(row.code)
        if row.valid_from <= day and (other is None or other.valid_from < row.valid_from):
            latest[row.code] = row
    # An entry that has ended leaves nothing behind it: the one that it replaced does not come back.
    held = catalogue_on(day, map(entry_of, latest.values()))
    return MappingProxyType({code: latest[code] for code in held})


def catalogue_today(session: GuardedSession) -> Mapping[str, CatalogueEntry]:
    """The catalogue in force today, by code, in the order of the names."""
    return MappingProxyType({code: entry_of(row) for code, row in types_today(session).items()})


def entry_of(row: MeasureType) -> CatalogueEntry:
    """An entry as the route reads it."""
    return CatalogueEntry(
        code=row.code,
        names={"fr": row.name, "de": row.name_de},
        regimes=frozenset(Regime(law) for law in row.regimes),
        delegated=row.delegated,
        article={Regime(law): text for law, text in row.article.items()},
        source={"fr": row.source, "de": row.source_de},
        product_default=row.product_default,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def entries(session: GuardedSession) -> list[MeasureType]:
    """Every entry of the catalogue, by name, the latest first: what held, what holds, what will."""
    return list(
        session.exec(
            select(MeasureType).order_by(MeasureType.code, MeasureType.valid_from.desc())
        ).all()
    )
