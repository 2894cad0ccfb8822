"""Swiss francs: always a Decimal of francs with two decimals, never a float."""

import re
from decimal import Decimal
from typing import Final

from cii.foundation.texts import Phrase, WrongInput

CENTIME: Final = Decimal("0.01")
LARGEST: Final = Decimal("99999999.99")

# Thousands are set apart by an apostrophe (typewriter or typographic) or by a space, in groups of three.
_AMOUNT: Final = re.compile(
    r"(?P<minus>[-−])?\s?(?:(?:CHF|SFr\.?|Fr\.?)\s?)?(?P<minus_after>[-−])?"
    r"(?P<francs>[0-9]{1,12}|[0-9]{1,3}(?P<gap>['’\s])[0-9]{3}(?:(?P=gap)[0-9]{3})*)"
    r"(?:[.,](?:(?P<centimes>[0-9]+)|[-–—]))?"
    r"(?:\s?(?:CHF|francs|Franken|Fr\.?))?",
    re.IGNORECASE,
)
_LONGEST: Final = 40


class MoneyError(WrongInput):
    """What was written is no amount of francs."""


def parse_francs(text: str, *, negative: bool = False) -> Decimal:
    """The amount that a person wrote, in francs with two decimals: 1'234.50, 1’234,50, CHF 12, 12.–.

    Negative amounts only where `negative` says so. Raises MoneyError, also for more than two decimals and for
    amounts above LARGEST.
    """
    found = _AMOUNT.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None or (found["minus"] and found["minus_after"]):
        raise MoneyError(Phrase("Écrivez le montant comme 1’234.50."))
    centimes = found["centimes"] or ""
    if len(centimes) > 2:
        raise MoneyError(Phrase("Un montant a au plus deux chiffres après le point."))
    amount = Decimal(re.sub(r"['’\s]", "", found["francs"]) + "." + (centimes or "0")).quantize(
        CENTIME
    )
    if amount > LARGEST:
        raise MoneyError(
            Phrase("Le montant ne peut pas dépasser {largest}.", largest=format_francs(LARGEST))
        )
    if not amount or not (found["minus"] or found["minus_after"]):
        return amount
    if not negative:
        raise MoneyError(Phrase("Le montant ne peut pas être négatif."))
    return -amount


def format_francs(amount: Decimal) -> str:
    """An amount as CHF 1’234.50, in both languages.

    ValueError for an amount finer than a centime: where and how to round is the rule's business, not the screen's.
    """
    # Addition rather than quantize keeps every digit of a large sum and shows a finer amount as such.
    shown = amount + Decimal("0.00")
    if not shown.is_finite() or shown.as_tuple().exponent != -2:
        raise ValueError(f"Not an amount of francs and centimes: {amount!r}.")
    return f"CHF {shown:,.2f}".replace(",", "’")
