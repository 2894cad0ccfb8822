"""The AVS number (AHV-Nummer): thirteen digits, 756 first, the last one a check digit.

It identifies a person for life: messages never repeat it, screens mask it.
"""

import re
from typing import Final

from stdnum import exceptions
from stdnum.ch import ssn

from cii.foundation.texts import Phrase, WrongInput

_SEPARATORS: Final = re.compile(r"[.\s\-‐‑–]+")


class AvsError(WrongInput):
    """What was written is no AVS number."""


def digits_of(text: str) -> str:
    """What stands in an AVS number without dots and spaces; nothing of it is checked."""
    return _SEPARATORS.sub("", text)


def parse_avs(text: str) -> str:
    """The thirteen digits of an AVS number written with or without dots. Raises AvsError."""
    digits = digits_of(text)
    if not re.fullmatch("[0-9]{13}", digits):
        raise AvsError(Phrase("Le numéro AVS compte treize chiffres, comme 756.1234.5678.97."))
    try:
        return ssn.validate(digits)
    except exceptions.InvalidComponent:
        raise AvsError(Phrase("Le numéro AVS commence par 756.")) from None
    except exceptions.InvalidChecksum:
        raise AvsError(
            Phrase("Ce numéro AVS contient une faute de frappe : vérifiez-le chiffre par chiffre.")
        ) from None


def format_avs(number: str) -> str:
    """The number with its dots, 756.1234.5678.97: only where its display was asked for and recorded."""
    return f"{number[:3]}.{number[3:7]}.{number[7:11]}.{number[11:]}"


def mask_avs(number: str) -> str:
    """The number as it is usually shown: 756.••••.••••.97."""
    return f"756.••••.••••.{number[-2:]}"
