"""What is chosen and settled about mails."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from cii.foundation.fields import Input, Line
from cii.foundation.texts import N_
from cii.outbox.models import Pace


class PaceInput(Input):
    """How somebody wishes to be told by mail."""

    pace: Pace = Field(description=N_("Choisissez une des réponses proposées."))


class SettlementInput(Input):
    """What became of a message in trouble, and how one knows."""

    settled: Literal["sent", "again", "away"] = Field(
        description=N_("Choisissez ce qu’il faut faire.")
    )
    reason: Annotated[Line, StringConstraints(min_length=3)] = Field(
        description=N_("Indiquez pourquoi, en quelques mots.")
    )


class CertificateInput(Input):
    """The form of a certificate: the file itself is no field."""
