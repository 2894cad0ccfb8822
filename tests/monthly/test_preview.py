"""The preview: what the reader gets today, in the reader's language, and nothing that is closed to him or her."""

from cii.access.actor import Kind
from cii.cases.lifecycle import State
from cii.consent.topics import NEEDS, Topic
from cii.foundation.clock import today
from cii.monthly.models import DigestMode, MonthlySettings, UpdateState
from tests.house import Consent
from tests.monthly.house import paragraphs, published, update_in

WITHOUT_HEALTH = {**NEEDS, Kind.ORP: NEEDS[Kind.ORP] & ~Topic.HEALTH}


def previewed(house, case, who):
    return house.client(who).get(f"/cases/{case.id}/update/{today():%Y-%m}/preview")


def test_it_is_in_the_readers_language_by_the_names_the_reader_knows(app, house):
    case = house.case(by="ursula", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    page = previewed(house, case, "amelie")
    assert "Ce que Ursula Amherd reçoit aujourd’hui" in page.main
    assert "CII: Aktualisierungen" in page.main
    assert "Amélie Favre (RAV Sitten)" in page.main
    assert "Entwicklung Le stage est trouvé." in page.main


def test_what_is_closed_to_the_reader_is_not_in_it(app, house):
    case = house.case(by="bastien", state=State.COACHING, consent=Consent(topics=WITHOUT_HEALTH))
    published(house, case, "hugo", "Son dos va mieux.", topic="health")
    page = previewed(house, case, "hugo")
    assert "Son dos va mieux." not in page.main
    published(house, case, "hugo", "Le stage est trouvé.")
    assert "Le stage est trouvé." in previewed(house, case, "hugo").main


def test_without_the_coaching_nothing_is_handed_over(app, house):
    closed = {**NEEDS, Kind.ORP: NEEDS[Kind.ORP] & ~Topic.COACHING}
    case = house.case(by="bastien", state=State.COACHING, consent=Consent(topics=closed))
    published(house, case, "hugo", "Le stage est trouvé.")
    page = previewed(house, case, "hugo")
    assert "rien n’est remis" in page.main
    assert "Le stage est trouvé." not in page.main


def test_full_content_is_shown_as_it_would_leave(app, house):
    case = house.case(by="yannick", state=State.COACHING)
    house.add(MonthlySettings(institution_id=house.institution["cms_sierre"], mode=DigestMode.FULL))
    published(house, case, "amelie", "Le stage est trouvé.")
    page = previewed(house, case, "amelie")
    assert "n’est ni chiffrée ni déclarée protégée" in page.main


def test_one_publishes_from_it(app, house):
    case = house.case(by="yannick", state=State.COACHING)
    amelie = house.client("amelie")
    path = f"/cases/{case.id}/update/{today():%Y-%m}"
    amelie.get(path)
    amelie.submit("update", {"text": ["", "Le stage est trouvé."]}, press="Garder et voir l’aperçu")
    assert update_in(house, case).state is UpdateState.DRAFT
    amelie.submit(path, press="Publier")
    assert update_in(house, case).state is UpdateState.PUBLISHED


def test_only_the_tandem_opens_it(app, house):
    case = house.case(by="yannick", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    for who in ("yannick", "claire", "patrick", "cecile"):
        house.client(who).get(f"/cases/{case.id}/update/{today():%Y-%m}/preview", status=404)


def test_the_form_of_another_month_saves_nothing(app, house):
    case = house.case(by="yannick", state=State.COACHING)
    given = paragraphs("x").model_dump(mode="json")
    for month in ("1999-01", "2026-13", "x", "2100-01"):
        house.client("amelie").post(f"/cases/{case.id}/update/{month}", given, status=404)
