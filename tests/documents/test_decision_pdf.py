"""The decision on paper says who decided what, for whom, under which law; harmless whatever was typed, in both languages."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader

from cii.documents.decision import DecisionPaper, decision_pdf
from cii.measures.models import Leaning, Outcome
from cii.programmes.routing import Act, By, Payer, Regime

GRANTED = DecisionPaper(
    reference="VS-2026-0142-6266-1",
    case_reference="VS-2026-0142",
    institution="Commune de Sion",
    person="Lucie Morard",
    measure="Cours de langue",
    title="Français intensif B1",
    organiser="École-club, Sion",
    goal="Atteindre le niveau B1 oral.\nPostuler dans la logistique.",
    starts_on=date(2027, 1, 11),
    ends_on=date(2027, 3, 31),
    asked=Decimal("1480.00"),
    amount=Decimal("1200.00"),
    outcome=Outcome.GRANTED,
    reason="",
    regime=Regime.LIAS,
    article="",
    payer=Payer.COMMUNE,
    payer_name="Commune de Sion",
    opinion=(Leaning.FAVOURABLE, date(2026, 12, 14)),
    way=[
        (Act.PREPARE, By.TANDEM_SOCIAL_WORKER, "VS-33"),
        (Act.OPINION, By.SAS, "VS-22"),
        (Act.APPROVE, By.COMMUNE, "VS-23"),
    ],
    signed_name="Cécile Rossier",
    signed_title="déléguée aux affaires sociales",
    signed_at=datetime(2026, 12, 22, 13, 12, tzinfo=UTC),
)
REFUSED = replace(
    GRANTED, outcome=Outcome.REFUSED, amount=None, reason="Le budget de l’année est épuisé."
)


def text_of(paper: DecisionPaper, language: str) -> str:
    pages = PdfReader(io.BytesIO(decision_pdf(paper, language))).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    return words.replace("\xa0", " ")


@pytest.mark.parametrize(
    "words",
    [
        "Décision : mesure accordée",
        "Décision VS-2026-0142-6266-1",
        "Commune de Sion",
        "est accordée à Lucie Morard : CHF 1’200.00",
        "Montant demandé CHF 1’480.00",
        "loi sur l’intégration et l’aide sociale (LIAS)",
        "favorable, le 14.12.2026",
        "du 11.01.2027 au 31.03.2027",
        "Le SAS donne son préavis (VS-22)",
        "Signée dans l’application CII le 22.12.2026, 14:12",
        "Cécile Rossier, déléguée aux affaires sociales, Commune de Sion",
    ],
)
def test_it_says_what_was_decided_by_whom_and_on_which_ground(words: str) -> None:
    assert words in text_of(GRANTED, "fr")


def test_a_refusal_says_why_and_names_no_amount_granted() -> None:
    text = text_of(REFUSED, "fr")
    assert "Décision : mesure refusée" in text
    assert "Le budget de l’année est épuisé." in text
    assert "Montant accordé" not in text
    assert "Qui paie" not in text


def test_a_german_reader_gets_a_german_paper() -> None:
    text = text_of(GRANTED, "de")
    for words in ("Entscheid: Massnahme bewilligt", "Beantragter Betrag", "zustimmend", "GES"):
        assert words in text
    for french in ("Décision", "Préavis", "Montant", "Signée"):
        assert french not in text


@pytest.mark.parametrize(
    "typed",
    ['#panic("x")', "$ x $ *gras* _i_ `code` @ref <label>", "\\u{1F4A9} // rien", "#import", "= a"],
)
def test_whatever_is_typed_stands_there_as_it_was_typed(typed: str) -> None:
    paper = replace(REFUSED, title=typed, goal=typed, reason=typed, organiser=typed, person=typed)
    assert "".join(typed.split()) in "".join(text_of(paper, "fr").split())


def test_it_fits_on_one_page() -> None:
    long = replace(
        GRANTED, goal="Une phrase de plus pour dire pourquoi. " * 20, reason="Motif. " * 60
    )
    assert len(PdfReader(io.BytesIO(decision_pdf(long, "fr"))).pages) == 1
