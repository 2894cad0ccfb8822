"""Behind a reverse proxy the product knows its own address and the visitor's from the proxy it trusts."""

import pytest

from tests.pages import PageClient

ADDRESS = "https://cii.example.ch"
FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "cii.example.ch"}


def choose_german(app):
    browser = PageClient(app)
    token = browser.token()
    sent = {"form_token": token, "language": "de", "next": "/help"}
    return browser.client.post("/language", data=sent, headers={**FORWARDED, "Origin": ADDRESS})


@pytest.mark.parametrize("settings", [{"trusted_proxies": 1}], indirect=True)
def test_a_form_of_our_own_address_is_taken_behind_a_trusted_proxy(app):
    assert choose_german(app).status_code == 303


def test_without_a_trusted_proxy_its_headers_are_not_believed(app):
    assert choose_german(app).status_code == 400
