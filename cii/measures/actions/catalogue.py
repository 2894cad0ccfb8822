"""The administrator keeps the catalogue: each entry begins on a day, and stays as it was from then on (VS-07, VS-18)."""

from sqlmodel import select

from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.audit.actions import record
from cii.audit.models import Act
from cii.foundation.texts import N_, Phrase
from cii.measures.inputs import CatalogueInput
from cii.measures.models import MeasureType
from cii.measures.ways import NotPossible


def put_entry(session: GuardedSession, given: CatalogueInput) -> MeasureType:
    """Enter how a type of measure stands from a day on; an entry still to come may be entered anew.

    An entry whose day has come never changes: decisions rest on it. Hidden for who does not keep the
    catalogue, NotPossible for a day in the past, or for today where an entry holds since today already.
    """
    if not may(session.actor, May.MANAGE_CATALOGUE):
        raise Hidden("MeasureType")
    day = session.actor.day
    if given.valid_from < day:
        raise NotPossible(
            "valid_from", Phrase("Cette date est passée : indiquez aujourd’hui ou un jour à venir.")
        )
    entry = session.exec(
        select(MeasureType).where(
            MeasureType.code == given.code, MeasureType.valid_from == given.valid_from
        )
    ).first()
    if entry is not None and entry.valid_from <= day:
        raise NotPossible(
            "valid_from",
            Phrase(
                N_(
                    "Une entrée est valable depuis aujourd’hui et ne change plus : choisissez un jour à venir."
                )
            ),
        )
    if entry is None:
        entry = MeasureType(
            code=given.code, valid_from=given.valid_from, name="", name_de="", regimes=[]
        )
    entry.valid_until = given.valid_until
    entry.name, entry.name_de = given.name, given.name_de
    entry.regimes = sorted(given.regimes)
    entry.delegated = given.delegated
    entry.article = given.article
    entry.source, entry.source_de = given.source, given.source_de
    entry.product_default = given.product_default
    entry.changed_by = session.actor.person
    session.add(entry)
    session.flush()
    record(session, Act.CATALOGUE_CHANGED, subject_id=entry.id, ground="VS-18", code=entry.code)
    return entry
