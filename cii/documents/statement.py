"""A commune's quarterly statement on paper: references and amounts, and nothing about anybody (VS-25)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from cii.documents.pdf import make_pdf
from cii.foundation.clock import local
from cii.foundation.days import format_day
from cii.foundation.money import format_francs
from cii.foundation.texts import N_, texts
from cii.measures.accounts.queries import Account
from cii.measures.models import STATEMENT_STATE_LABELS

_TITLES = (
    N_("Décision"),
    N_("Mesure"),
    N_("Du"),
    N_("Au"),
    N_("Accordé"),
    N_("Déjà décompté"),
    N_("Payé ce trimestre"),
    N_("Reste"),
)


def statement_pdf(
    shown: Account, commune: str, types: Mapping[str, str], language: str, day: date
) -> bytes:
    """The statement as it was sent; a draft says that it is one, and of which day."""
    return make_pdf("statement.typ", _content(shown, commune, types, language, day))


def _content(
    shown: Account, commune: str, types: Mapping[str, str], language: str, day: date
) -> dict[str, Any]:
    words = texts(language)
    say = words.say
    quarter = words.say_phrase(shown.quarter.name)
    title = say("Décompte, {quarter}", quarter=quarter)
    return {
        "language": language,
        "title": title,
        "commune": commune,
        "state": _state(shown, say, day),
        "titles": [say(each) for each in _TITLES],
        "rows": [
            [
                line.reference,
                types.get(line.code, line.code),
                format_day(line.starts_on),
                format_day(line.ends_on),
                *map(_amount, (line.decided, line.paid_before, line.paid, line.remains)),
            ]
            for line in shown.lines
        ],
        "sums": [
            say("Total"),
            *map(
                _amount,
                (
                    shown.decided,
                    shown.paid_before,
                    shown.paid,
                    shown.decided - shown.paid_before - shown.paid,
                ),
            ),
        ],
        "notes": [
            say("Montants en francs."),
            *(
                [
                    say(
                        "Le montant payé comprend {amount} qui concernent des trimestres précédents.",
                        amount=format_francs(shown.corrections),
                    )
                ]
                if shown.corrections
                else []
            ),
            say(
                "Une fois transmis, un décompte ne change plus ; une correction figure dans le suivant."
            ),
        ],
        "comment": (
            say("Réponse du SAS"),
            shown.statement.comment if shown.statement else "",
        ),
        "footer": f"{title}, {commune}",
    }


def _state(shown: Account, say: Any, day: date) -> str:
    if shown.statement is None or shown.statement.sent_at is None:
        return str(say("Brouillon, état au {day}", day=format_day(day)))
    return str(
        say(
            "Transmis au Service de l’action sociale (SAS) le {day} ; état : {state}",
            day=format_day(local(shown.statement.sent_at).date()),
            state=say(STATEMENT_STATE_LABELS[shown.state]),
        )
    )


def _amount(amount: Decimal) -> str:
    return format_francs(amount).removeprefix("CHF ")
