"""The first journey in a real browser: at a desk and on a phone, with scripts and without."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.stories.test_first_journey import one_page

pytestmark = pytest.mark.browser

ANNOUNCER = "Inès Darbellay"
BUREAU = "Claire Zufferey"
ORP = "Joël Fournier"


# Each journey has a person of its own: nobody is announced twice.
PERSONS = {
    (1280, True): "756.4815.1623.44",
    (390, True): "756.4815.1624.29",
    (1280, False): "756.4815.1625.97",
    (390, False): "756.4815.1626.72",
}


def _announce(page: Page, name: str, avs_number: str) -> str:
    """Inès fills in the announcement; the path of the case."""
    page.get_by_label("Nom", exact=True).fill(name)
    page.get_by_label("Prénom").fill("Lucie")
    page.get_by_label("Date de naissance").fill("14.3.85")
    page.get_by_label("Numéro AVS").fill(avs_number)
    page.get_by_label("Commune de domicile").select_option(label="Martigny")
    page.get_by_label("Aide sociale (LIAS)").check()
    page.get_by_role("group", name="Est-elle suivie par un ORP ?").get_by_label("non").check()
    page.get_by_label("cumul de facteurs de risque").check()
    page.get_by_label("dettes").check()
    page.get_by_label("Date de la vérification").fill("hier")
    page.get_by_role(
        "group", name="Une intégration professionnelle est-elle indiquée ?"
    ).get_by_label("oui").check()
    page.get_by_label("activité limitée adaptée").check()
    page.get_by_label("pas d’insertion professionnelle").check()
    page.get_by_role("group", name="Un potentiel d’insertion réaliste existe-t-il ?").get_by_label(
        "oui"
    ).check()
    page.get_by_label("Sur quoi se fonde ce potentiel ?").fill("Huit ans dans la logistique.")
    page.get_by_role("group", name="Un coaching intensif s’impose-t-il ?").get_by_label(
        "oui"
    ).check()
    page.get_by_label("Pourquoi le suivi ordinaire ne suffit-il pas ?").fill(
        "Plusieurs démarches à la fois."
    )
    page.get_by_role("button", name="Transmettre l’annonce").click()
    expect(page.get_by_text("Ce qui manque encore")).to_be_visible()
    found = re.search(r"/cases/[0-9a-f-]{36}", page.url)
    assert found
    return found.group()


@pytest.mark.parametrize(("width", "scripts"), list(PERSONS))
def test_announced_signed_admitted_coached(
    browse: Any, tmp_path: Path, width: int, scripts: bool
) -> None:
    last_name = f"Jordan{'Pupitre' if width > 600 else 'Mobile'}{'Avec' if scripts else 'Sans'}"
    ines = browse(ANNOUNCER, width=width, scripts=scripts)
    page = ines.open("/")
    page.get_by_role("link", name="Annoncer", exact=True).click()
    path = _announce(page, last_name, PERSONS[width, scripts])

    scan = tmp_path / "procuration.pdf"
    scan.write_bytes(one_page())
    ines.open(f"{path}/procuration/new")
    page.get_by_label("Procuration signée, numérisée ou photographiée").set_input_files(scan)
    page.get_by_label("Signée le").fill("aujourd’hui")
    page.get_by_label("Comment la procuration a été expliquée").fill("Lue ensemble.")
    page.get_by_role("button", name="Enregistrer la procuration").click()
    expect(page.get_by_role("status").filter(has_text="enregistrée")).to_be_visible()

    claire = browse(BUREAU, width=width, scripts=scripts)
    page = claire.open("/")
    page.get_by_role("link", name=re.compile(last_name)).first.click()
    page.get_by_role("button", name="Admettre").click()
    page.get_by_role("group", name="Côté ORP").get_by_label(ORP).check()
    page.get_by_role("group", name="Côté CMS").get_by_label(ANNOUNCER).check()
    page.get_by_role("button", name="Désigner le tandem").click()
    expect(page.get_by_role("status").filter(has_text="désigné")).to_be_visible()

    joel = browse(ORP, width=width, scripts=scripts)
    page = joel.open("/")
    page.get_by_role("link", name=re.compile(last_name)).first.click()
    page.get_by_role("button", name="Commencer le coaching").click()
    page.get_by_label("Que s’est-il passé, et quelle est la suite ?").fill(
        "Premier entretien, motivée."
    )
    page.get_by_role("button", name="Publier la note").click()
    expect(page.get_by_role("list").get_by_text("Premier entretien, motivée.")).to_be_visible()

    page = ines.open(path)
    expect(page.get_by_text("Premier entretien, motivée.")).to_be_visible()
    page = claire.open(path)
    expect(page.get_by_text("Premier entretien, motivée.")).to_have_count(0)


def test_a_note_on_a_phone_takes_two_taps_and_the_typing(browse: Any) -> None:
    """The publish button stands on the first screen of a phone; a draft outlives a closed browser."""
    joel = browse(ORP, width=390)
    page = joel.open("/cases?state=coaching")
    page.locator("#case_list a[href^='/cases/']").first.click()
    button = page.get_by_role("button", name="Publier la note")
    box = button.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 844
    assert box["height"] >= 44
    field = page.get_by_label("Que s’est-il passé, et quelle est la suite ?")
    field.fill("Appel de l’employeur : ")
    expect(page.get_by_text("Brouillon gardé")).to_be_visible()
    address = page.url
    again = browse(ORP, width=390)
    page = again.open(address.removeprefix(again.canton.address))
    field = page.get_by_label("Que s’est-il passé, et quelle est la suite ?")
    expect(field).to_have_value("Appel de l’employeur :")
    field.fill("Appel de l’employeur : essai possible dès lundi.")
    field.press("Control+Enter")
    expect(page.get_by_role("list").get_by_text("essai possible dès lundi")).to_be_visible()


def test_no_script_runs_from_any_field(browse: Any) -> None:
    """What people type is text everywhere: in lists, in titles, in messages, in what htmx swaps."""
    attack = "<img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}"
    joel = browse(ORP)
    page = joel.open("/cases?state=coaching")
    page.locator("#case_list a[href^='/cases/']").first.click()
    page.on("dialog", lambda dialog: joel.messages.append(f"a script ran: {dialog.message}"))
    page.get_by_label("Que s’est-il passé, et quelle est la suite ?").fill(attack)
    page.get_by_role("button", name="Publier la note").click()
    expect(page.get_by_role("list").get_by_text("{{7*7}}")).to_be_visible()
    page.reload()
    expect(page.get_by_role("list").get_by_text("{{7*7}}")).to_be_visible()
    joel.open("/cases")
    page.get_by_label("Nom, référence ou numéro AVS").fill(attack)
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_text("Aucun de vos dossiers ne correspond")).to_be_visible()
