"""The platform's administrator enters an institution's identity provider."""

import pytest

from cii.audit.models import Act, AuditEvent
from cii.signin.models import IdentityProvider

GOOD = {
    "issuer": "https://identity.orp-sion.example/realm",
    "client_id": "cii",
    "secret_name": "CII_OIDC_ORP_SION",
    "active": "yes",
}


@pytest.fixture
def path(house):
    return f"/institutions/{house.institution['orp_sion']}/identity-provider"


def test_the_administrator_enters_and_changes_it(house, path, monkeypatch):
    browser = house.client("pia")
    page = browser.get(path)
    assert f"http://localhost/sign-in/callback/{house.institution['orp_sion']}" in page.main
    page = browser.submit(None, GOOD)
    assert "La variable CII_OIDC_ORP_SION n’est pas définie" in page.main
    assert "ORP Sion" in house.stranger().get("/sign-in").links
    monkeypatch.setenv("CII_OIDC_ORP_SION", "secret")
    assert "n’est pas définie" not in browser.get(path).main
    browser.post(path, {**GOOD, "client_id": "other", "active": "", "vouches_for_email": "yes"})
    (row,) = house.all(IdentityProvider)
    assert (row.client_id, row.active, row.vouches_for_email) == ("other", False, True)
    events = house.all(AuditEvent, AuditEvent.act == Act.INSTITUTION_CHANGED)
    assert [event.subject_id for event in events] == [house.institution["orp_sion"]] * 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", ""),
        ("issuer", "identity.example"),
        ("issuer", "http://identity.example"),
        ("issuer", "https://identity.example/?a=b"),
        ("issuer", "https://user@identity.example"),
        ("issuer", "https://[broken"),
        ("issuer", "https://identity.example:port"),
        ("issuer", "javascript:alert(1)"),
        ("client_id", ""),
        ("client_id", "x" * 201),
        ("secret_name", ""),
        ("secret_name", "CII_SECRET"),
        ("secret_name", "DATABASE_URL"),
        ("secret_name", "CII_OIDC_"),
        ("secret_name", "CII_OIDC_a"),
        ("secret_name", "CII_OIDC_A B"),
        ("active", "perhaps"),
    ],
)
def test_what_cannot_be_one_is_refused_beside_the_field(house, path, field, value):
    page = house.client("pia").post(path, {**GOOD, field: value}, status=422)
    assert list(page.errors) == [field]
    assert house.count(IdentityProvider) == 0


def test_an_institution_that_does_not_exist_has_none(house):
    path = "/institutions/00000000-0000-0000-0000-000000000000/identity-provider"
    house.client("pia").get(path, status=404)
    house.client("pia").post(path, GOOD, status=404)


@pytest.mark.parametrize("who", ["odile", "amelie", "patrick", "claire"])
def test_nobody_else_enters_or_sees_it(house, path, who):
    house.client(who).get(path, status=404)
    house.client(who).post(path, GOOD, status=404)
    assert house.count(IdentityProvider) == 0
