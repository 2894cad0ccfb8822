"""The help: for everybody, signed in or not, in both languages; what it says follows the product."""

import pytest

from cii.consent.topics import NEEDS, OPENABLE, TOPIC_LABELS
from cii.programmes.rules import Force, load_edition
from cii.programmes.words import DEFAULTS, READINGS, product_default, told
from tests.pages import PageClient

PAGES = ("/help", "/help/data-protection", "/help/accessibility", "/help/rules")
RULES = load_edition("vs-tandem").rules


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "word"), [("fr", "Aide"), ("de", "Hilfe")])
def test_whoever_is_not_signed_in_reads_the_help(app, path, language, word):
    browser = PageClient(app)
    browser.client.set_cookie("cii-language", language)
    assert word in browser.get(path).links


def test_there_is_no_other_help(app):
    PageClient(app).get("/help/nothing", status=404)


def test_every_rule_in_force_is_shown_with_its_words_and_its_line(app):
    page = PageClient(app).get("/help/rules")
    for rule in RULES.values():
        shown = f"{rule.source.quote}" in page.main
        assert shown is (rule.force is not Force.STRUCK_OUT), rule.id
    assert "fréquence souhaitée : 1 fois par mois" in page.main
    assert "ligne 72" in page.main


def test_what_was_struck_out_stands_nowhere(app):
    main = PageClient(app).get("/help/rules").main
    assert "VS-X1" not in main
    assert "MIP" not in main


def test_what_the_product_chose_is_shown_as_its_own_choice(app):
    main = PageClient(app).get("/help/rules").main
    assert (
        "réglage du produit Après la clôture, le tandem lit encore le dossier pendant 30 jours."
        in main
    )
    assert "des rappels viennent 5 jours ouvrables et 1 jour ouvrable avant" in main


def test_every_reading_and_every_default_of_the_edition_has_its_sentence():
    read = {rule.id for rule in RULES.values() if rule.interpretation}
    chosen = {rule.id for rule in RULES.values() for value in rule.values if value.product_default}
    assert set(READINGS) == read, "write the sentence in cii/programmes/words.py"
    assert set(DEFAULTS) == chosen, "write the sentence in cii/programmes/words.py"
    for each in told():
        assert bool(each.reading) is (each.rule.id in read)
        if each.default:
            assert "{" not in str(each.default)
    assert product_default(RULES["VS-01"]) is None


def test_the_table_of_sights_is_the_one_that_the_guard_applies(app):
    main = PageClient(app).get("/help/data-protection").main
    # The text gives a commune the identity and the measures, and nothing about health.
    assert "Thème ORP CMS commune SAS LMMT bureau CII" in main
    assert "santé oui oui non non non non" in main
    assert "mesures oui oui oui oui oui oui" in main
    assert "finances oui oui non oui non non" in main
    assert all(TOPIC_LABELS[topic] in main for topic in OPENABLE)
    assert len(NEEDS) == 6


def test_the_help_names_the_days_that_are_set(app, settings):
    main = PageClient(app).get("/help/data-protection").main
    assert f"rappellent {settings.expiry_notice_days} jours avant" in main
    assert f"durée proposée est de {settings.procuration_months} mois" in main
