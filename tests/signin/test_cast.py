"""In demo mode the sign-in page offers the cast; otherwise there is no such thing."""

import pytest

from cii.cases.lifecycle import State

demo = pytest.mark.parametrize("settings", [{"demo": True}], indirect=True)


@demo
def test_everybody_of_the_cast_is_one_click_away(settings, house):
    page = house.stranger().get("/sign-in")
    offered = {button[2] for button in page.form("/sign-in/demo").buttons}
    assert offered == {str(person) for person in house.person.values()}


@demo
def test_a_click_signs_somebody_in(settings, house):
    browser = house.stranger()
    browser.get("/sign-in?next=/account")
    page = browser.submit("/sign-in/demo", press=str(house.person["cecile"]))
    assert page.path == "/account"
    assert "Cécile Rossier" in page.main


@demo
def test_the_telling_people_come_first_and_have_something_to_do(settings, house):
    house.case(by="yannick", state=State.ANNOUNCED)
    page = house.stranger().get("/sign-in")
    first = page.texts("ul", class_="cii-cards")[0]
    assert "Yannick Moulin CMS Sierre – annonce des personnes" in first
    assert "Pia Rudaz Plateforme – gère les institutions" in first


@demo
@pytest.mark.parametrize(("language", "coordinator"), [("fr", "Claire"), ("de", "Stefan")])
def test_the_telling_people_speak_the_language_of_the_page(settings, house, language, coordinator):
    browser = house.stranger()
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    assert coordinator in browser.get("/sign-in").texts("ul", class_="cii-cards")[0]


@demo
def test_a_person_who_does_not_exist_cannot_be_played(settings, house):
    for person in ("", "x", "00000000-0000-0000-0000-000000000000"):
        house.stranger().post("/sign-in/demo", {"person": person}, status=404)


def test_outside_the_demo_nobody_is_offered_and_nobody_gets_in(settings, house):
    page = house.stranger().get("/sign-in")
    assert "Amélie" not in page.text
    assert [form.action for form in page.forms if form.action.startswith("/sign-in")] == [
        "/sign-in"
    ]
    house.stranger().post("/sign-in/demo", {"person": str(house.person["amelie"])}, status=404)
