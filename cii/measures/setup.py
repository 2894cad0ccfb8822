"""The catalogue with which the product starts, entered before the first measure."""

from sqlmodel import select

from cii.access.system import SystemSession
from cii.measures.models import MeasureType
from cii.programmes.catalogue import shipped_catalogue


def enter_catalogue(system: SystemSession) -> None:
    """Enter the shipped types of measure that are not there yet; safe to run again.

    As soon as there is an entry for a measure, the administrator's own entries of it hold.
    """
    known = set(system.exec(select(MeasureType.code).distinct()).all())
    for code, entry in shipped_catalogue().items():
        if code not in known:
            system.add(
                MeasureType(
                    code=code,
                    valid_from=entry.valid_from,
                    valid_until=entry.valid_until,
                    name=entry.names["fr"],
                    name_de=entry.names["de"],
                    regimes=sorted(entry.regimes),
                    delegated=entry.delegated,
                    article={law.value: text for law, text in entry.article.items()},
                    source=entry.source["fr"],
                    source_de=entry.source["de"],
                    product_default=entry.product_default,
                )
            )
    system.flush()
