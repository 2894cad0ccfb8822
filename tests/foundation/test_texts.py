"""The two languages: what is said, how it counts, and what an error carries."""

import pytest

from cii.foundation.texts import N_, Phrase, Texts, WrongInput, texts

GERMAN = Texts(
    "de",
    {"Bonjour {name}": "Guten Tag {name}", "Mes dossiers": "Meine Dossiers"},
    {("{n} dossier", "{n} dossiers"): ("{n} Dossier", "{n} Dossiers")},
)
FRENCH = texts("fr")


def test_the_french_text_is_the_message():
    assert FRENCH.say("Mes dossiers") == "Mes dossiers"
    assert FRENCH.say("Bonjour {name}", name="Zoé") == "Bonjour Zoé"


def test_german_says_its_own_words():
    assert GERMAN.say("Mes dossiers") == "Meine Dossiers"
    assert GERMAN.say("Bonjour {name}", name="Zoé") == "Guten Tag Zoé"


def test_an_untranslated_message_is_shown_in_french_rather_than_not_at_all():
    assert GERMAN.say("Au revoir {name}", name="Zoé") == "Au revoir Zoé"
    assert GERMAN.plural("{n} note", "{n} notes", 2) == "2 notes"


@pytest.mark.parametrize(
    ("n", "french", "german"),
    [
        (0, "0 dossier", "0 Dossiers"),
        (1, "1 dossier", "1 Dossier"),
        (2, "2 dossiers", "2 Dossiers"),
        (21, "21 dossiers", "21 Dossiers"),
    ],
)
def test_french_and_german_count_zero_differently(n, french, german):
    assert FRENCH.plural("{n} dossier", "{n} dossiers", n) == french
    assert GERMAN.plural("{n} dossier", "{n} dossiers", n) == german


def test_what_a_person_typed_is_never_read_as_a_message_or_a_place():
    assert (
        GERMAN.say("Bonjour {name}", name="{0.__class__} Mes dossiers")
        == "Guten Tag {0.__class__} Mes dossiers"
    )


def test_a_text_without_values_keeps_its_braces():
    assert FRENCH.say("un {mot}") == "un {mot}"


def test_a_place_may_be_called_anything():
    assert FRENCH.say("{self} {french} {n}", self="a", french="b", n=1) == "a b 1"
    assert FRENCH.plural("{one} {many} {n}", "", 1, one="a", many="b") == "a b 1"


def test_a_marked_constant_stays_the_same_text():
    assert N_("Mes dossiers") == "Mes dossiers"


def test_a_phrase_is_translated_when_it_is_shown():
    phrase = Phrase("La date {value} n’existe pas.", value="31.02.1990")
    assert FRENCH.say_phrase(phrase) == "La date 31.02.1990 n’existe pas."
    assert texts("de").say_phrase(phrase) == "Das Datum 31.02.1990 gibt es nicht."


def test_a_phrase_inside_a_message_is_translated_too():
    assert GERMAN.say("Bonjour {name}", name=Phrase("Mes dossiers")) == "Guten Tag Meine Dossiers"


def test_a_phrase_is_frozen_and_compared_by_its_words():
    phrase = Phrase("Bonjour {name}", name="Zoé")
    assert phrase == Phrase("Bonjour {name}", name="Zoé")
    assert hash(phrase) == hash(Phrase("Bonjour {name}", name="Zoé"))
    assert phrase != Phrase("Bonjour {name}", name="Paul")
    assert phrase != "Bonjour Zoé"
    assert repr(phrase) == "Phrase('Bonjour {name}', name='Zoé')"
    with pytest.raises(AttributeError):
        phrase.text = "Adieu"
    with pytest.raises(TypeError):
        phrase.values["name"] = "Paul"


def test_a_wrong_input_carries_its_sentence():
    error = WrongInput(Phrase("Bonjour {name}", name="Zoé"))
    assert str(error) == "Bonjour Zoé"
    assert GERMAN.say_phrase(error.phrase) == "Guten Tag Zoé"
    assert isinstance(error, ValueError)


def test_the_product_speaks_two_languages_only():
    for wrong in ("it", "fr-CH", "", "../fr"):
        with pytest.raises(ValueError, match="No such language"):
            texts(wrong)


def test_the_catalogues_are_read_once():
    assert texts("de") is texts("de")
