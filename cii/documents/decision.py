"""A decision on a measure on paper, as it was signed: who decided what, under which law, along which way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cii.documents.pdf import make_pdf
from cii.foundation.days import format_day, format_moment
from cii.foundation.money import format_francs
from cii.foundation.texts import N_, texts
from cii.measures.models import LEANING_LABELS, Leaning, Outcome
from cii.measures.words import ACT_LABELS, BY_LABELS, LAW_NAMES, PAYER_LABELS
from cii.programmes.routing import Act, By, Payer, Regime

_TITLES = {
    Outcome.GRANTED: N_("Décision : mesure accordée"),
    Outcome.REFUSED: N_("Décision : mesure refusée"),
}


@dataclass(frozen=True, slots=True)
class DecisionPaper:
    """Everything that stands on the paper; amounts in francs, names in the reader's language."""

    reference: str
    case_reference: str
    institution: str
    person: str
    measure: str
    title: str
    organiser: str
    goal: str
    starts_on: date
    ends_on: date
    asked: Decimal
    amount: Decimal | None
    outcome: Outcome
    reason: str
    regime: Regime
    article: str
    payer: Payer
    payer_name: str
    opinion: tuple[Leaning, date] | None
    way: Sequence[tuple[Act, By, str]]
    signed_name: str
    signed_title: str
    signed_at: datetime


def decision_pdf(paper: DecisionPaper, language: str) -> bytes:
    """The decision, in the reader's language; what people typed stays as they typed it."""
    return make_pdf("decision.typ", _content(paper, language))


def _content(paper: DecisionPaper, language: str) -> dict[str, Any]:
    say = texts(language).say
    law = say(LAW_NAMES[paper.regime])
    if paper.article:
        law = say("{law}, article {article}", law=law, article=paper.article)
    payer = say(PAYER_LABELS[paper.payer])
    facts = [
        (say("Personne"), paper.person),
        (say("Dossier"), paper.case_reference),
        (say("Mesure"), f"{paper.measure}\n{paper.title}" if paper.title else paper.measure),
        (say("Organisation"), paper.organiser),
        (
            say("Durée"),
            say(
                "du {first} au {last}",
                first=format_day(paper.starts_on),
                last=format_day(paper.ends_on),
            ),
        ),
        (say("Montant demandé"), _francs(paper.asked)),
    ]
    if paper.amount is not None:
        facts.append((say("Montant accordé"), _francs(paper.amount)))
        facts.append((say("Qui paie"), paper.payer_name or payer))
    facts.append((say("Base légale"), law))
    if paper.opinion is not None:
        leaning, day = paper.opinion
        facts.append(
            (
                say("Préavis du SAS"),
                say(
                    "{leaning}, le {day}", leaning=say(LEANING_LABELS[leaning]), day=format_day(day)
                ),
            )
        )
    told = [(say("Motif"), paper.reason)] if paper.reason else []
    told.append((say("Pourquoi cette mesure"), paper.goal))
    signed_by = ", ".join(filter(None, (paper.signed_name, paper.signed_title, paper.institution)))
    return {
        "language": language,
        "title": say(_TITLES[paper.outcome]),
        "institution": paper.institution,
        "reference": say("Décision {reference}", reference=paper.reference),
        "footer": say("Décision {reference}", reference=paper.reference),
        "sentence": _sentence(paper, say),
        "facts": facts,
        "texts": told,
        "way": (
            say("La voie de cette mesure"),
            [(say(BY_LABELS[by]), say(ACT_LABELS[act]), rule) for act, by, rule in paper.way],
        ),
        "signed": (
            say("Signée dans l’application CII le {moment}", moment=format_moment(paper.signed_at)),
            signed_by,
        ),
    }


def _francs(amount: Decimal) -> str:
    # On paper no line ends between the currency and the amount.
    return format_francs(amount).replace(" ", "\u00a0")


def _sentence(paper: DecisionPaper, say: Any) -> str:
    values = {"title": paper.title or paper.measure, "name": paper.person}
    if paper.amount is None:
        return str(say("La mesure « {title} » est refusée pour {name}.", **values))
    amount = _francs(paper.amount)
    return str(
        say("La mesure « {title} » est accordée à {name} : {amount}.", amount=amount, **values)
    )
