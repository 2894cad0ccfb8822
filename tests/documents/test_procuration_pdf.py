"""The procuration on paper says what the national guidance on consent asks for, in the person's language."""

import hashlib
import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from cii.access.actor import Kind
from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import AnnouncementDraft, CaseIdentity
from cii.consent.models import PartKind
from cii.documents import pdf as pdf_of_documents
from cii.documents.procuration import Signatory, procuration_pdf
from tests.house import House

FONTS = Path(pdf_of_documents.__file__).parent / "fonts"
FULL = Signatory(
    "VS-2026-0142",
    "Maria Magdalena von Roten-Zurbriggen",
    "14.03.1985",
    "Avenue de la Gare 128, 1950 Sion",
    {
        Kind.ORP: "ORP Haut-Valais",
        Kind.CMS: "CMS Sion-Hérens-Conthey",
        Kind.COMMUNE: "Saint-Gingolph",
    },
)


def text_of(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize("language", ["fr", "de"])
@pytest.mark.parametrize("signatory", [FULL, Signatory("VS-2026-0142")], ids=["full", "by hand"])
def test_it_fits_on_one_page(language, signatory):
    assert len(PdfReader(io.BytesIO(procuration_pdf(signatory, language, 12))).pages) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        # aim of the collaboration in this case
        "Coordonner mon retour à l’emploi",
        "pour ce dossier seulement",
        # services involved
        "Office régional de placement (ORP)",
        "Centre médico-social (CMS)",
        "Commune de domicile",
        "Service de l’action sociale (SAS)",
        "Logistique des mesures du marché du travail (LMMT)",
        "Bureau CII",
        # extent and form of the exchange, security
        "L’échange se limite à ce qui est nécessaire",
        "dont l’accès est protégé",
        # retention
        "Mes données sont conservées",
        # right to consult
        "Je peux en tout temps consulter mon dossier, savoir qui l’a consulté",
        # right to revoke, and what follows
        "Je peux révoquer cette procuration en tout temps, sans motif",
        "L’accès des autres institutions se ferme aussitôt",
        "L’accompagnement CII est alors suspendu",
        # express, informed, voluntary
        "Je signe librement",
        "après avoir reçu des explications que j’ai comprises",
        "Je biffe chaque coche que je ne veux pas donner",
        "Lieu et date",
        "Signature de la personne",
        "Expliquée par (nom, fonction, institution)",
    ],
)
def test_it_says_what_consent_has_to_say(sentence):
    assert sentence in text_of(procuration_pdf(FULL, "fr", 12)).replace("\xa0", " ")


def test_it_says_the_same_in_german():
    text = text_of(procuration_pdf(FULL, "de", 12))
    for sentence in (
        "Vollmacht",
        "Regionales Arbeitsvermittlungszentrum (RAV)",
        "Sozialmedizinisches Zentrum (SMZ)",
        "Dienststelle für Sozialwesen (DSW)",
        "Ich kann diese Vollmacht jederzeit widerrufen",
        "Ich unterschreibe freiwillig",
        "Vorgeschlagene Dauer: 12 Monate",
    ):
        assert sentence in text
    assert "ß" not in text


def test_it_proposes_what_each_kind_may_need_and_no_more():
    """ORP and CMS all eight topics, commune two, SAS three, LMMT four, bureau five: thirty ticks."""
    text = text_of(procuration_pdf(FULL, "fr", 12))
    assert text.count("✓") == 8 + 8 + 2 + 3 + 4 + 5
    assert text.count("–") == 0 + 0 + 6 + 5 + 4 + 3


def test_it_is_readable_by_a_screen_reader():
    root = PdfReader(io.BytesIO(procuration_pdf(FULL, "de", 12))).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith("de")


@pytest.mark.parametrize(
    "name", ["李小龙", "a\u0007b", "#panic() $x$ *y* [z]", "\\u{41}", "x" * 80]
)
def test_no_name_breaks_it(name):
    made = procuration_pdf(Signatory("VS-2026-0142", name), "fr", 12)
    assert len(PdfReader(io.BytesIO(made)).pages) == 1


def test_a_name_is_text_and_never_an_instruction():
    name = '#text(red)[x] *y* $z$ "'
    assert name in text_of(procuration_pdf(Signatory("VS-2026-0142", name), "fr", 12))


def test_its_font_is_the_one_that_was_released():
    sums = [line.split() for line in (FONTS / "SHA256SUMS").read_text().splitlines()]
    assert {name for _, name in sums} == {path.name for path in FONTS.glob("*.otf")}
    for digest, name in sums:
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == digest


class TestPrinting:
    """From the case, by those who have it signed."""

    @pytest.fixture
    def house(self, app, store) -> House:
        return House(store, app).furnish()

    def printed(self, house, case, who="hugo", query="") -> str:
        answer = house.client(who).get(f"/cases/{case.id}/procuration/print{query}")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert case.last_name not in answer.headers["Content-Disposition"]
        return text_of(answer.body)

    def test_it_names_the_person_and_the_offices(self, house):
        case = house.case(state=State.COACHING)
        text = self.printed(house, case)
        for words in ("Lucie Morard", "14.03.1985", "ORP Sion", "CMS Sion-Hérens-Conthey", "Sion"):
            assert words in text
        assert case.avs_number not in text.replace(".", "")
        assert house.count(AuditEvent, AuditEvent.act == Act.PROCURATION_PRINTED) == 1

    def test_it_speaks_the_language_of_the_person_or_the_one_asked_for(self, house):
        case = house.case(state=State.COACHING)
        assert "Procuration" in self.printed(house, case)
        assert "Vollmacht" in self.printed(house, case, query="?language=de")
        assert "Procuration" in self.printed(house, case, query="?language=it")
        with house.store.system(Reason.CHECK) as system:
            system.get(CaseIdentity, case.id).language = "de"
        text = self.printed(house, case)
        assert "Vollmacht" in text
        assert "RAV Sitten" in text

    def test_in_a_draft_it_takes_what_was_typed_so_far(self, house):
        case = house.case(state=State.DRAFT, consent=None)
        with house.store.system(Reason.CHECK) as system:
            system.delete(system.get(CaseIdentity, case.id))
            system.get(AnnouncementDraft, case.id).typed = {
                "first_name": "Lucie",
                "last_name": "Morard",
                "birth_date": "14.3.85",
                "language": "de",
            }
        text = self.printed(house, case)
        assert "Vollmacht" in text
        assert "Lucie Morard" in text

    @pytest.mark.parametrize("who", ["claire", "cecile", "gaelle", "bastien", "pia"])
    def test_nobody_else_prints_it(self, house, who):
        case = house.case(state=State.COACHING, parts=(("sion", PartKind.APPROVAL),))
        house.client(who).get(f"/cases/{case.id}/procuration/print", status=404)

    def test_a_tandem_to_which_the_identity_is_closed_prints_it_without(self, house):
        case = house.case(state=State.COACHING, consent=None)
        text = self.printed(house, case, "amelie")
        assert "Lucie" not in text
