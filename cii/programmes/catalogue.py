"""The catalogue of measures: in whose legal offer each stands (VS-18), and which a tandem may decide (VS-19).

The product starts with catalogue.yaml; afterwards the administrator's dated entries hold, in the same form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from cii.foundation.texts import LANGUAGES
from cii.programmes.eligibility import Regime
from cii.programmes.rules import RuleError, read_yaml

SHIPPED: Final = Path(__file__).with_name("catalogue.yaml")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One type of measure as it holds from its first to its last day, both included.

    `names` and `source` are by language ("fr", "de"); `article` by law, without those whose article is not known.
    `delegated` counts under the LACI alone. `product_default` says that the product chose it, since the text is silent.
    """

    code: str
    names: Mapping[str, str]
    regimes: frozenset[Regime]
    delegated: bool
    article: Mapping[Regime, str]
    source: Mapping[str, str]
    product_default: bool
    valid_from: date
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if not self.regimes:
            raise ValueError(f"{self.code}: a measure stands in the offer of at least one law")

    def holds_on(self, day: date) -> bool:
        """Whether the entry is in force on that day."""
        return self.valid_from <= day <= (self.valid_until or day)


def catalogue_on(day: date, entries: Iterable[CatalogueEntry]) -> Mapping[str, CatalogueEntry]:
    """The catalogue of one day by code, in the order of the entries; of two in force, the one that began last."""
    found: dict[str, CatalogueEntry] = {}
    for entry in entries:
        other = found.get(entry.code)
        if entry.holds_on(day) and (other is None or other.valid_from <= entry.valid_from):
            found[entry.code] = entry
    return MappingProxyType(found)


def shipped_catalogue() -> Mapping[str, CatalogueEntry]:
    """The catalogue with which the product starts, by code; RuleError when its file cannot be used."""
    return _read(SHIPPED)


@cache
def _read(file: Path) -> Mapping[str, CatalogueEntry]:
    return read_catalogue(file)


def read_catalogue(file: Path) -> Mapping[str, CatalogueEntry]:
    """A catalogue from its file, by code; RuleError names the measure and what is wrong with it."""
    content = read_yaml(file)
    try:
        valid_from = content["valid_from"]
        measures = content["measures"].items()
    except (TypeError, KeyError, AttributeError):
        raise RuleError(f"{file.name}: lacks valid_from or measures.") from None
    if type(valid_from) is not date:
        raise RuleError(f"{file.name}: has valid_from {valid_from!r}, which is not a day.")
    return MappingProxyType(
        {
            code: _entry(f"{file.name}: {code}", code, fields, valid_from)
            for code, fields in measures
        }
    )


def _entry(at: str, code: str, fields: Any, valid_from: date) -> CatalogueEntry:
    """An entry of the file; `article` names the laws in whose offer the measure stands, null where none was found."""
    known = {"names", "article", "delegated", "product_default", "source"}
    if not isinstance(fields, dict) or not known - {"product_default"} <= set(fields) <= known:
        raise RuleError(f"{at} has other fields than {', '.join(sorted(known))}.")
    for name in ("names", "source"):
        texts = fields[name]
        if not isinstance(texts, dict) or set(texts) != set(LANGUAGES) or not all(texts.values()):
            raise RuleError(f"{at} does not have {name} in {' and '.join(LANGUAGES)}.")
    article = fields["article"]
    if not isinstance(article, dict) or not article or not set(article) <= set(Regime):
        raise RuleError(f"{at} does not say under which of {', '.join(Regime)} it is offered.")
    chosen = fields.get("product_default", False)
    if not isinstance(fields["delegated"], bool) or not isinstance(chosen, bool):
        raise RuleError(f"{at} has delegated or product_default that is neither true nor false.")
    return CatalogueEntry(
        code=code,
        names=MappingProxyType(fields["names"]),
        regimes=frozenset(Regime(law) for law in article),
        delegated=fields["delegated"],
        article=MappingProxyType({Regime(law): str(art) for law, art in article.items() if art}),
        source=MappingProxyType(fields["source"]),
        product_default=chosen,
        valid_from=valid_from,
    )
