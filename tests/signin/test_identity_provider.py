"""Signing in through a real, certified OpenID Connect provider, which the test starts on loopback."""

import re
import shutil
import subprocess
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

from cii.signin.models import IdentityProvider, SignedInSession

FOLDER = Path(__file__).with_name("provider")
HERE = "http://localhost"

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and (FOLDER / "node_modules" / "oidc-provider").exists()),
    reason="needs node, and `npm ci` in tests/signin/provider",
)


@contextmanager
def running(*arguments):
    """The provider's address; it ends with the test."""
    process = subprocess.Popen(
        ["node", "provider.mjs", *arguments],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        issuer = process.stdout.readline().strip()
        assert issuer, "the provider did not start"
        yield issuer
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.fixture
def start(house, monkeypatch, request):
    """Start a provider for an institution: `start("orp_sion", "unverified", "in-token")`."""
    monkeypatch.setenv("CII_OIDC_TEST", "a secret that only the provider and CII know")

    def start(institution, *how, **entered):
        callback = f"{HERE}/sign-in/callback/{house.institution[institution]}"
        provider = running(callback, *how)
        issuer = provider.__enter__()
        request.addfinalizer(lambda: provider.__exit__(None, None, None))
        house.add(
            IdentityProvider(
                institution_id=house.institution[institution],
                issuer=issuer,
                client_id="cii",
                secret_name="CII_OIDC_TEST",
                **entered,
            )
        )

    return start


def sign_in_there(address, login):
    """What a person does at the provider: sign in, agree; returns the address to which it sends back."""
    with requests.Session() as browser:
        answer = browser.get(address, allow_redirects=False, timeout=10)
        for _ in range(12):
            if answer.is_redirect:
                address = urljoin(address, answer.headers["Location"])
                if address.startswith(HERE):
                    return address
                answer = browser.get(address, allow_redirects=False, timeout=10)
                continue
            assert answer.ok, answer.text
            address = unescape(re.search(r'action="([^"]+)"', answer.text)[1])
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)[1]
            answer = browser.post(
                address,
                {"prompt": prompt, "login": login, "password": "any"},
                allow_redirects=False,
                timeout=10,
            )
    raise AssertionError(f"the provider does not come to an end: {address}")


def sign_in(house, login, institution="orp_sion", onward=""):
    """The browser, and the answer to the callback."""
    browser = house.stranger()
    page = browser.get(f"/sign-in?next={onward}")
    name = {"orp_sion": "ORP Sion", "saviese": "Commune de Savièse"}[institution]
    asked = browser.client.get(page.links[name])
    back = urlsplit(sign_in_there(asked.headers["Location"], login))
    assert parse_qs(back.query)["iss"]
    return browser, browser.client.get(f"{back.path}?{back.query}")


@pytest.mark.parametrize("place", ["in-userinfo", "in-token"])
def test_somebody_comes_in_through_the_provider_of_the_institution(house, start, place):
    start("orp_sion", "verified", place)
    browser, answer = sign_in(house, "amelie@example.ch", onward="/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    page = browser.get("/account")
    assert "Amélie Favre" in page.main
    assert "Votre connexion passe par le service d’identité de votre institution" in page.main
    flow = browser.client.get_cookie("cii-flow")
    assert flow is None or not flow.value


@pytest.mark.parametrize(
    "login",
    [
        "nobody@example.ch",  # not entered at all
        "hugo@example.ch",  # entered, for another institution
        "pia@example.ch",  # runs the platform
        "amelie",  # not an address
    ],
)
def test_whoever_is_not_entered_in_the_institution_does_not_come_in(house, start, login):
    start("orp_sion", "verified", "in-token")
    _, answer = sign_in(house, login)
    assert answer.status_code == 403
    assert house.count(SignedInSession) == 0


@pytest.mark.parametrize("vouches", [False, True])
def test_an_address_that_the_provider_calls_unverified_does_not_come_in(house, start, vouches):
    start("orp_sion", "unverified", "in-token", vouches_for_email=vouches)
    _, answer = sign_in(house, "amelie@example.ch")
    assert answer.status_code == 403
    assert house.count(SignedInSession) == 0


def test_the_provider_of_one_commune_does_not_open_the_other(house, start):
    start("saviese")
    browser, answer = sign_in(house, "cecile@example.ch", "saviese")
    assert answer.status_code == 303
    page = browser.get("/account")
    assert "Commune de Savièse" in page.main
    assert "Commune de Sion" not in page.main
    assert "changer" not in page.links
    other = {"membership": str(house.membership("cecile", "sion"))}
    browser.post("/account/act-for", other, status=404)
    assert "Commune de Savièse" in browser.get("/account").main


def test_a_provider_that_is_switched_off_is_neither_offered_nor_asked(house, start):
    start("orp_sion", active=False)
    assert "ORP Sion" not in house.stranger().get("/sign-in").links
    house.stranger().get(f"/sign-in/with/{house.institution['orp_sion']}", status=404)
    house.stranger().get(f"/sign-in/callback/{house.institution['orp_sion']}", status=404)
