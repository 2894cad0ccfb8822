"""The spelling rules have cases of their own: what they must refuse, and what they must let pass."""

import pytest

from cii.foundation.spelling import different_places, mistakes, places

REFUSED_IN_FRENCH = [
    "Les conseiller·ères du tandem",
    "Les conseiller•ères du tandem",
    "un·e assistant·e social·e",
    "conseiller/ère ORP",
    "conseillère/conseiller",
    "assistant/e social/e",
    "le/la responsable",
    "il/elle travaille",
    "conseiller-ère",
    "les assistant-e-s",
    "un collaborateur-trice",
    "les citoyen-ne-s",
    "né-e le",
    "un sportif-ive",
    "assistant.e.s sociaux",
    "conseiller.ère",
    "conseiller*ère",
    "conseiller:ère",
    "conseiller_ère",
    "l’assistantE",
    "les conseillerÈRE",
    "né(e) le",
    "conseiller(ère)",
    "collaborateur(trice)s",
    "L'annonce",
    'le dossier "ouvert"',
    "le dossier “ouvert”",
    "Attention !",
    "Attention!",
    "Pourquoi ?",
    "Pourquoi?",
    "oui ; non",
    "oui; non",
    "Délai : demain",
    "Délai: demain",
    "{name}: demain",
    "{name} !",
    "«\u00a0ouvert»",
    "« ouvert\u00a0»",
    "«ouvert\u00a0»",
    "«\u00a0ouvert »",
    "Chargement...",
    "deux  espaces",
    " devant",
    "deux\nlignes",
    "Vraiment\u00a0&nbsp;?",
]
PASSED_IN_FRENCH = [
    "la conseillère ou le conseiller",
    "la direction",
    "À faire",
    "L’annonce",
    "Attention\u00a0!",
    "Pourquoi\u202f?",
    "Vraiment\u00a0?!",
    "oui\u00a0; non",
    "Délai\u00a0: {day}",
    "le dossier «\u00a0{reference}\u00a0»",
    "de 14:00 à 15:30",
    "Écrivez-le, enregistrez-les, dites-lui",
    "A-t-elle signé\u00a0? Peut-elle venir\u00a0?",
    "celui-ci, vous-même, peut-être, rendez-vous, c’est-à-dire, au-delà",
    "par e-mail",
    "CHF 1’234.50 le 31.12.2026",
    "CSV/XLSX",
    "AC/AI",
    "Voir https://www.vs.ch/cii pour la suite.",
    "Écrivez à aide@cii.example.",
    "ORP · CMS · commune",
    "n° {number}, {amount:,.2f} francs",
    "OpenID Connect, LibreOffice, JavaScript",
    "Il reste {n} jours (au plus)",
    "756.••••.••••.{last}",
    "une partie-clé, demi-journée, mi-temps, mot-clef",
    "Est-ce fini\u00a0?",
    "Patientez…",
]
REFUSED_IN_GERMAN = [
    "Berater*innen",
    "Berater*in",
    "Berater:innen",
    "Berater_innen",
    "Berater·innen",
    "BeraterInnen",
    "die BeraterIn",
    "Berater/innen",
    "Berater/-in",
    "Berater/Beraterin",
    "er/sie",
    "der/die",
    "Berater-in",
    "Angestellte-r",
    "Angestellte(r)",
    "Berater(innen)",
    "Strasse oder Straße",
    "GROẞ",
    "„Zitat“",
    '"Zitat"',
    "geht's",
    "Warum ?",
    "Frist\u00a0: morgen",
    "« offen »",
    "«\u00a0offen\u00a0»",
    "Die AVS-Nummer",
    "beim ORP",
    "nach LACI",
]
PASSED_IN_GERMAN = [
    "die Beraterin oder der Berater",
    "Beraterinnen und Berater",
    "die Leitung",
    "In Arbeit",
    "Warum?",
    "Frist: {day}",
    "«offen»",
    "von 14:00 bis 15:30",
    "AHV-Nummer, RAV, SMZ, DSW, LAM-Stelle, IIZ-Büro",
    "E-Mail, Check-in, CSV/XLSX",
    "wie geht’s",
    "Ein- und Ausgang",
    "Aus- oder Weiterbildung",
    "{name}: offen",
]


@pytest.mark.parametrize("text", REFUSED_IN_FRENCH)
def test_this_is_no_french_of_ours(text):
    assert mistakes(text, "fr"), f"the rules let this pass: {text!r}"


@pytest.mark.parametrize("text", PASSED_IN_FRENCH)
def test_this_is_good_french(text):
    assert mistakes(text, "fr") == []


@pytest.mark.parametrize("text", REFUSED_IN_GERMAN)
def test_this_is_no_german_of_ours(text):
    assert mistakes(text, "de"), f"the rules let this pass: {text!r}"


@pytest.mark.parametrize("text", PASSED_IN_GERMAN)
def test_this_is_good_german(text):
    assert mistakes(text, "de") == []


def test_the_complaint_says_where_and_what_to_write():
    assert mistakes("Le tandem : conseiller·ère", "fr") == [
        "point médian: write both forms or a function name (at “: conseiller·ère”)",
        "no-break space (U+00A0 or U+202F) missing before : ; ? ! or » (at “Le tandem : conseiller·”)",
    ]


def test_a_place_needs_a_name():
    assert places("{name} a {n:,} dossiers") == {"name", "n"}
    for wrong in ("{} dossiers", "{0} dossiers", "{name", "name}"):
        with pytest.raises(ValueError, match=r"."):
            places(wrong)


def test_a_translation_has_the_places_of_its_message():
    assert list(different_places(("Bonjour {name}",), ("Guten Tag {name}",))) == []
    assert list(different_places(("Bonjour {name}",), ("Guten Tag {nom}",))) == [
        "{name} stands in only one of “Bonjour {name}” and “Guten Tag {nom}”",
        "{nom} stands in only one of “Bonjour {name}” and “Guten Tag {nom}”",
    ]
    assert list(different_places(("{n} jour", "{n} jours"), ("ein Tag", "{n} Tage"))) == []
    assert len(list(different_places(("{n} jour",), ("ein Tag",)))) == 1
