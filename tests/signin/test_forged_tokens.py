"""Whatever an identity provider, or somebody who plays one, answers wrongly: nobody is signed in.

The first test shows that the same way with a good answer signs somebody in.
"""

import logging
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from cii.audit.models import Act, AuditEvent
from cii.signin.models import IdentityProvider, SignedInSession
from tests.signin.fake_provider import FakeProvider, Key, token

SECRET = "known to the provider and to CII"
HEADER = {"alg": "RS256", "kid": "1", "typ": "JWT"}


@pytest.fixture(scope="module")
def key():
    return Key()


@pytest.fixture
def provider(key, house, monkeypatch):
    monkeypatch.setenv("CII_OIDC_TEST", SECRET)
    with FakeProvider(key) as provider:
        house.add(
            IdentityProvider(
                institution_id=house.institution["orp_sion"],
                issuer=provider.issuer,
                client_id="cii",
                secret_name="CII_OIDC_TEST",
            )
        )
        yield provider


class Attempt:
    """One sign-in at the ORP Sion, stopped before the provider's answer so that a test can change it."""

    def __init__(self, house, provider, email="amelie@example.ch"):
        self.house, self.provider = house, provider
        self.browser = house.stranger()
        self.callback = f"/sign-in/callback/{house.institution['orp_sion']}"
        answer = self.browser.client.get(f"/sign-in/with/{house.institution['orp_sion']}")
        self.asked = {
            name: values[0]
            for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
        }
        self.arguments = {"code": "a code", "state": self.asked["state"], "iss": provider.issuer}
        self.claims = provider.claims(self.asked["nonce"], email)
        self.header, self.sign = dict(HEADER), provider.key.sign
        self.rest = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60}

    def change(self, **claims):
        self.claims.update(claims)

    def drop(self, *claims):
        for name in claims:
            del self.claims[name]

    def answer(self):
        """The provider's answer, unless the test has put another in its place."""
        if not self.provider.token_answer:
            signed = token(self.claims, self.header, self.sign)
            self.provider.token_answer = {**self.rest, "id_token": signed}
        return self.browser.client.get(f"{self.callback}?{urlencode(self.arguments)}")

    def is_refused(self):
        answer = self.answer()
        assert answer.status_code == 403, answer.headers.get("Location")
        assert "La connexion n’a pas abouti" in answer.text
        assert self.browser.client.get_cookie("cii-session") is None
        assert self.house.count(SignedInSession) == 0
        (event,) = self.house.all(AuditEvent, AuditEvent.act == Act.SIGN_IN_REFUSED)
        assert (event.person_id, event.institution_id) == (
            None,
            self.house.institution["orp_sion"],
        )


@pytest.fixture
def attempt(house, provider):
    return Attempt(house, provider)


def test_a_good_answer_signs_somebody_in(house, provider, attempt):
    answer = attempt.answer()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    (session,) = house.all(SignedInSession)
    assert session.person_id == house.person["amelie"]
    assert session.vouched_by == house.institution["orp_sion"]
    (event,) = house.all(AuditEvent, AuditEvent.act == Act.SIGNED_IN)
    assert event.ground == "identity-provider"
    assert attempt.asked["code_challenge_method"] == "S256"
    assert attempt.asked["response_type"] == "code"
    ((path, sent, authorization),) = provider.asked
    assert path == "/token"
    assert "code_verifier=" in sent
    assert authorization.startswith("Basic ")
    assert SECRET not in sent


# Each of these changes a good answer in one way.

FORGERIES = {
    "for another client": lambda a: a.change(aud="another"),
    "for another client, with us as the party": lambda a: a.change(aud="another", azp="cii"),
    "for us and another client": lambda a: a.change(aud=["cii", "another"], azp="cii"),
    "for nobody": lambda a: a.drop("aud"),
    "of another issuer": lambda a: a.change(iss="https://evil.example"),
    "of no issuer": lambda a: a.drop("iss"),
    "expired": lambda a: a.change(exp=int(time.time()) - 61),
    "without an end": lambda a: a.drop("exp"),
    "with an end that never comes": lambda a: a.change(exp="never"),
    "not valid yet": lambda a: a.change(nbf=int(time.time()) + 120),
    "issued in the future": lambda a: a.change(iat=int(time.time()) + 120),
    "without nonce": lambda a: a.drop("nonce"),
    "with an empty nonce": lambda a: a.change(nonce=""),
    "with another nonce": lambda a: a.change(nonce="another"),
    "without subject": lambda a: a.drop("sub"),
    "with an empty subject": lambda a: a.change(sub=""),
    "with another access token's hash": lambda a: a.change(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "without e-mail address": lambda a: a.drop("email"),
    "with an address that is not verified": lambda a: a.change(email_verified=False),
    "with an address that may not be verified": lambda a: a.drop("email_verified"),
    "with an address verified in words": lambda a: a.change(email_verified="true"),
    "with a list of addresses": lambda a: a.change(email=["amelie@example.ch"]),
    "with nobody's address": lambda a: a.change(email="nobody@example.ch"),
    "with the address of somebody at another institution": lambda a: a.change(
        email="hugo@example.ch"
    ),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_an_id_token_is_refused(attempt, forge):
    forge(attempt)
    attempt.is_refused()


# The library only warns of such a token and takes it; here that warning would be an error, and hide it.
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_token_without_signature_is_refused_although_the_provider_offers_it(attempt):
    attempt.header, attempt.sign = {"alg": "none"}, lambda body: b""
    attempt.is_refused()


def test_a_token_signed_with_the_public_key_as_secret_is_refused(attempt, key):
    attempt.header["alg"] = "HS256"
    attempt.sign = key.sign_with_the_public_half
    attempt.is_refused()


def test_a_token_of_another_key_under_the_same_name_is_refused(attempt):
    attempt.sign = Key().sign
    attempt.is_refused()


def test_a_token_of_an_unknown_key_is_refused(attempt):
    attempt.header["kid"], attempt.sign = "2", Key().sign
    attempt.is_refused()


def test_a_token_that_brings_its_own_key_is_refused(attempt):
    own = Key()
    attempt.header |= {"jwk": own.public("1")}
    attempt.sign = own.sign
    attempt.is_refused()


def test_a_token_changed_after_signing_is_refused(attempt, provider):
    good = token(attempt.claims, attempt.header, attempt.sign)
    attempt.change(email="patrick@example.ch")
    changed = token(attempt.claims, attempt.header, attempt.sign)
    head, _, signature = good.split(".")
    provider.token_answer = {
        **attempt.rest,
        "id_token": f"{head}.{changed.split('.')[1]}.{signature}",
    }
    attempt.is_refused()


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": "opaque", "token_type": "Bearer"},
        {"access_token": "opaque", "token_type": "Bearer", "id_token": ""},
        {"access_token": "opaque", "token_type": "Bearer", "id_token": "not a token"},
        {"access_token": "opaque", "token_type": "Bearer", "id_token": ["a", "list"]},
        {"error": "invalid_grant"},
        ["a", "list"],
        "a text",
    ],
)
def test_an_answer_without_an_id_token_is_refused(attempt, provider, answer):
    provider.token_answer = answer
    attempt.is_refused()


def test_a_provider_that_is_broken_signs_nobody_in(attempt, provider):
    provider.token_status = 500
    attempt.is_refused()


# The callback


@pytest.mark.parametrize(
    "change",
    [
        {"iss": None},
        {"iss": "https://evil.example"},
        {"iss": ""},
        {"state": None},
        {"state": "another"},
        {"code": None},
        {"error": "access_denied"},
        {"error": "access_denied", "error_description": "<script>\nalert(1)"},
    ],
)
def test_a_callback_is_refused(attempt, change):
    changed = {**attempt.arguments, **change}
    attempt.arguments = {name: value for name, value in changed.items() if value is not None}
    if "code" in change:
        attempt.provider.token_status = 400
    attempt.is_refused()


def test_a_provider_that_does_not_announce_its_name_in_the_callback_may_leave_it_out(
    house, provider
):
    del provider.metadata["authorization_response_iss_parameter_supported"]
    attempt = Attempt(house, provider)
    del attempt.arguments["iss"]
    assert attempt.answer().status_code == 303


def test_a_callback_that_was_used_is_not_used_again(house, attempt):
    attempt.answer()
    again = attempt.browser.client.get(f"{attempt.callback}?{urlencode(attempt.arguments)}")
    assert again.status_code == 403


def test_a_callback_in_another_browser_is_refused(house, provider, attempt):
    attempt.browser = house.stranger()
    attempt.is_refused()


def test_a_callback_at_another_institution_is_refused(house, provider, attempt):
    house.add(
        IdentityProvider(
            institution_id=house.institution["orp_sierre"],
            issuer=provider.issuer,
            client_id="cii",
            secret_name="CII_OIDC_TEST",
        )
    )
    attempt.callback = f"/sign-in/callback/{house.institution['orp_sierre']}"
    assert attempt.answer().status_code == 403
    assert house.count(SignedInSession) == 0


# The provider's own description, and what it tells beside the token


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_asked(house, provider, change):
    provider.metadata |= change
    answer = house.stranger().client.get(f"/sign-in/with/{house.institution['orp_sion']}")
    assert answer.status_code == 403


def test_an_address_told_beside_the_token_counts_for_the_same_subject_alone(house, provider):
    for subject, status in (("a subject", 303), ("another subject", 403)):
        attempt = Attempt(house, provider)
        attempt.drop("email", "email_verified")
        provider.token_answer = {}
        provider.userinfo = {
            "sub": subject,
            "email": "amelie@example.ch",
            "email_verified": True,
        }
        assert attempt.answer().status_code == status


@pytest.mark.parametrize(("said", "status"), [(None, 303), (True, 303), (False, 403)])
def test_an_institution_that_assigns_the_addresses_need_not_verify_them(
    house, provider, said, status
):
    row = house.all(IdentityProvider)[0]
    row.vouches_for_email = True
    house.add(row)
    attempt = Attempt(house, provider)
    attempt.drop("email_verified")
    if said is not None:
        attempt.change(email_verified=said)
    assert attempt.answer().status_code == status


def test_neither_token_nor_code_nor_secret_is_logged(attempt, provider, caplog):
    caplog.set_level(logging.INFO)
    attempt.change(aud="another")
    attempt.is_refused()
    said = caplog.text
    assert "not signed in through the provider" in said
    for hidden in (SECRET, "a code", "opaque", attempt.asked["state"], attempt.claims["email"]):
        assert hidden not in said
