"""The canton before its first case. Expected: the register of 122 communes, the names that offices use."""

from collections import Counter

import pytest
from sqlmodel import select

from cii.access.actor import Kind
from cii.access.system import Reason
from cii.organisations.models import Commune, Institution
from cii.organisations.setup import set_up_canton


def institutions(store):
    with store.system(Reason.CHECK, writes=False) as session:
        return session.exec(select(Institution)).all()


def named(store, name):
    return next(each for each in institutions(store) if each.name == name)


def test_every_commune_and_every_office_is_there(canton):
    with canton.system(Reason.CHECK, writes=False) as session:
        communes = session.exec(select(Commune)).all()
    # 63 communes of the Upper Valais work in German, 59 of the Lower Valais in French.
    assert Counter(each.language for each in communes) == {"de": 63, "fr": 59}
    assert Counter(each.kind for each in institutions(canton)) == {
        Kind.COMMUNE: 122,
        Kind.ORP: 5,
        Kind.CMS: 5,
        Kind.SAS: 1,
        Kind.LMMT: 1,
        Kind.BUREAU: 1,
        Kind.PLATFORM: 1,
    }


@pytest.mark.parametrize(
    ("name", "name_de", "language", "number"),
    [
        ("Commune de Martigny", "Gemeinde Martinach", "fr", 6136),
        ("Commune de Viège", "Gemeinde Visp", "de", 6297),
        ("Commune de Brig-Glis", "Gemeinde Brig-Glis", "de", 6002),
        ("Commune d’Ardon", "Gemeinde Ardon", "fr", 6021),
        ("Commune d’Evolène", "Gemeinde Evolène", "fr", 6083),
        ("Commune d’Hérémence", "Gemeinde Hérémence", "fr", 6084),
        ("Commune de Saint-Martin", "Gemeinde Saint-Martin", "fr", 6087),
        ("Commune de Stalden", "Gemeinde Stalden", "de", 6293),
        ("ORP Haut-Valais", "RAV Oberwallis", "de", None),
        ("CMS Haut-Valais", "SMZ Oberwallis", "de", None),
        ("CMS Sion-Hérens-Conthey", "SMZ Sion-Hérens-Conthey", "fr", None),
        ("Service de l’action sociale (SAS)", "Dienststelle für Sozialwesen (DSW)", "fr", None),
        ("Bureau CII", "IIZ-Büro", "fr", None),
    ],
)
def test_an_institution_has_a_name_in_both_languages(canton, name, name_de, language, number):
    found = named(canton, name)
    assert (found.name_de, found.language, found.commune_number) == (name_de, language, number)


def test_every_commune_belongs_to_one_of_the_five_centres(canton):
    centres = {each.name for each in institutions(canton) if each.kind is Kind.CMS}
    with canton.system(Reason.CHECK, writes=False) as session:
        assert set(session.exec(select(Commune.cms_region).distinct())) == centres


def test_setting_up_again_changes_nothing(canton):
    before = {each.id: each.model_dump() for each in institutions(canton)}
    with canton.system(Reason.SET_UP) as session:
        set_up_canton(session)
    assert {each.id: each.model_dump() for each in institutions(canton)} == before


def test_an_office_that_the_administrator_renamed_keeps_its_name(canton):
    with canton.system(Reason.SET_UP) as session:
        office = session.exec(select(Institution).where(Institution.name == "ORP Sion")).one()
        office.name = "ORP Sion et environs"
        session.add(office)
    with canton.system(Reason.SET_UP) as session:
        set_up_canton(session)
    names = {each.name for each in institutions(canton) if each.kind is Kind.ORP}
    assert "ORP Sion" not in names
    assert len(names) == 5


def test_a_commune_follows_the_register(canton):
    with canton.system(Reason.SET_UP) as session:
        session.get(Commune, 6136).name = "Octodure"
        office = session.exec(select(Institution).where(Institution.commune_number == 6136)).one()
        office.name = "Ville de Martigny"
        session.add(office)
    with canton.system(Reason.SET_UP) as session:
        set_up_canton(session)
        assert session.get(Commune, 6136).name == "Martigny"
    assert named(canton, "Commune de Martigny").commune_number == 6136
