"""What may be submitted of costs: a plan, a payment, its correction, the SAS's answer to a statement."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from cii.foundation.choice import Choice
from cii.foundation.fields import Francs, Input, PastDay, ShortLine, Text
from cii.foundation.ids import new_id
from cii.foundation.texts import N_, Phrase, WrongInput

Voucher = Annotated[ShortLine, StringConstraints(min_length=1, max_length=60)]


def _more_than_nothing(value: Decimal) -> Decimal:
    if not value:
        raise WrongInput(Phrase("Écrivez un montant supérieur à zéro."))
    return value


def _or_nothing(value: Any) -> Any:
    # A quarter that is left empty is one for which nothing is planned.
    return Decimal("0.00") if isinstance(value, str) and not value.strip() else value


class PlanInput(Input):
    """What is to be paid in each quarter of a measure, in the order of time (VS-35)."""

    quarters: list[Annotated[str, StringConstraints(max_length=7)]] = Field(
        default_factory=list, max_length=80
    )
    amounts: list[Annotated[Francs, BeforeValidator(_or_nothing)]] = Field(
        default_factory=list, max_length=80
    )


class PaymentInput(Input):
    """What a commune paid for a measure (VS-24). `form_key` is drawn with the form: a repeat is recognised."""

    form_key: UUID = Field(default_factory=new_id)
    amount: Annotated[Francs, AfterValidator(_more_than_nothing)] = Field(
        description=N_("Écrivez le montant payé.")
    )
    paid_on: PastDay = Field(description=N_("Indiquez le jour du paiement."))
    voucher: Voucher = Field(description=N_("Indiquez le numéro de la pièce comptable."))


class CorrectionInput(Input):
    """What a payment should have been: the difference becomes a line of its own."""

    right_amount: Francs = Field(description=N_("Écrivez le montant exact."))
    voucher: Voucher = Field(description=N_("Indiquez la pièce comptable ou le motif."))


class Reply(Choice):
    """How the SAS answers a statement."""

    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"


class ReplyInput(Input):
    """The SAS's answer to a statement; returned only with a comment (VS-25)."""

    reply: Reply = Field(description=N_("Choisissez une réponse."))
    comment: Text = ""
