"""One's own account: for whom one acts, the password, where one is signed in."""

import pytest

from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.organisations.models import Membership
from cii.signin.devices import device
from cii.signin.models import SignedInSession

NEW = "trois lampes vertes sous la pluie"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def change_password(browser, current, new, again=None, status=200):
    browser.get("/account")
    fields = {"current_password": current, "new_password": new, "again": again or new}
    return browser.submit("/account/password", fields, status=status)


def sign_in(house, who, password, status=200):
    browser = house.stranger()
    browser.get("/sign-in")
    fields = {"email": f"{who}@example.ch", "password": password}
    return browser.submit("/sign-in", fields, status=status)


# For whom one acts


def test_a_clerk_of_two_communes_changes_from_one_to_the_other(house):
    browser = house.new_client("cecile", "sion")
    page = browser.get("/account")
    assert "Commune de Savièse Agir pour cette institution" in page.main
    assert "Commune de Sion en ce moment" in page.main
    browser.submit("/account/act-for", press="Commune de Savièse Agir pour cette institution")
    assert "Commune de Savièse en ce moment" in browser.get("/account").main


def test_the_header_offers_the_change_to_whoever_has_several_seats(house):
    assert "changer" in house.client("cecile").get("/account").links
    assert "changer" not in house.client("jerome").get("/account").links


def test_nobody_acts_for_an_institution_in_which_he_has_no_seat(house):
    browser = house.new_client("jerome")
    for membership in (house.membership("cecile", "sion"), house.membership("amelie"), "x", ""):
        browser.post("/account/act-for", {"membership": str(membership)}, status=404)
    assert "Commune de Savièse" in browser.get("/account").main


def test_a_seat_that_has_ended_is_no_longer_offered(house):
    browser = house.new_client("cecile", "sion")
    with house.store.system(Reason.SET_UP) as session:
        seat = session.get_one(Membership, house.membership("cecile", "saviese"))
        seat.active = False
        session.add(seat)
    assert "Savièse" not in browser.get("/account").main
    browser.post(
        "/account/act-for", {"membership": str(house.membership("cecile", "saviese"))}, status=404
    )


# The language


def test_the_language_is_chosen_here_and_stays(house):
    browser = house.new_client("amelie")
    page = browser.get("/account")
    assert "Langue des pages, des lettres et des messages" in page.main
    browser.post("/language", {"language": "de", "next": "/account"})
    assert browser.page.path == "/account"
    assert house.new_client("amelie").get("/account").find("html", lang="de")


# Where one is signed in


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (FIREFOX, "Firefox, Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Safari, macOS",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8", ""),
        ("<script>", ""),
    ],
)
def test_a_browser_is_named_in_two_words(header, shown):
    assert device(header) == shown


def test_the_account_lists_ones_own_open_sessions(house, password):
    browser = house.stranger()
    browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    browser.get("/sign-in")
    browser.submit("/sign-in", {"email": "amelie@example.ch", "password": password})
    house.new_client("hugo")
    page = browser.get("/account")
    assert "Firefox, Windows ici" in page.main
    assert "navigateur inconnu" not in page.main
    house.new_client("amelie")
    assert "navigateur inconnu" in browser.get("/account").main


def test_signing_out_everywhere_ends_all_ones_own_sessions_and_no_others(house):
    here, there, other = (house.new_client(who) for who in ("amelie", "amelie", "hugo"))
    here.get("/account")
    assert here.submit("/account/sign-out-everywhere").path == "/sign-in"
    assert there.get("/account").path.startswith("/sign-in")
    assert other.get("/account").path == "/account"


# The password


def test_a_new_password_replaces_the_old_one_and_ends_all_other_sessions(house, password):
    here, there = house.new_client("amelie"), house.new_client("amelie")
    change_password(here, password, NEW)
    assert here.get("/account").path == "/account"
    assert there.get("/account").path.startswith("/sign-in")
    sign_in(house, "amelie", password, status=422)
    sign_in(house, "amelie", NEW)
    (event,) = house.all(AuditEvent, AuditEvent.act == Act.PASSWORD_CHANGED)
    assert (event.person_id, event.ground) == (house.person["amelie"], "own")


def test_without_the_current_password_nothing_changes(house, password):
    browser = house.new_client("amelie")
    page = change_password(browser, "something else entirely", NEW, status=422)
    assert page.errors == {"current_password": "Erreur : Ce n’est pas votre mot de passe actuel."}
    assert NEW not in page.html
    sign_in(house, "amelie", password)


def test_the_current_password_cannot_be_guessed_from_an_open_session(house, password):
    browser = house.new_client("amelie")
    for _ in range(10):
        change_password(browser, "something else entirely", NEW, status=422)
    assert "Attendez" in change_password(browser, password, NEW, status=429).main


@pytest.mark.parametrize(
    ("new", "again", "beside"),
    [
        ("court", None, "new_password"),
        ("motdepasse2026!", None, "new_password"),
        ("les skis de Favre", None, "new_password"),
        (NEW, NEW + "!", "again"),
        ("", "", "new_password"),
    ],
)
def test_a_password_that_is_refused_says_why_beside_the_field(house, password, new, again, beside):
    browser = house.new_client("amelie")
    page = change_password(browser, password, new, again, status=422)
    assert beside in page.errors
    sign_in(house, "amelie", password)


def test_whoever_has_no_password_is_told_how_to_get_one(house):
    page = house.client("nicolas").get("/account")
    assert "Vous n’avez pas de mot de passe." in page.main
    assert "/account/password" not in [form.action for form in page.forms]
    fields = {"current_password": "x", "new_password": NEW, "again": NEW}
    house.client("nicolas").post("/account/password", fields, status=422)
    assert house.count(SignedInSession) == 1
