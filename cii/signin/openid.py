"""OpenID Connect with an institution's own provider: to it and back, and what its answer must hold.

Authlib does the protocol: code flow, PKCE S256, state, nonce, signature and claims. What it leaves to
the product is checked here: the issuer of the metadata and of the callback, that there is an ID token
at all, that it is for us alone, signed with a public key, and that its e-mail address is verified.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cii.signin.models import IdentityProvider

Answer = TypeVar("Answer")

_SIGNED_BY_KEY_PAIR = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
)
_SECONDS = 10
_CLOCKS_DIFFER = 60  # seconds by which the provider's clock may be off


class NotVouched(Exception):
    """The provider did not say, in a way that can be relied on, who this is."""


def has_secret(provider: IdentityProvider) -> bool:
    """Whether the client's secret is set on this server."""
    return bool(os.environ.get(provider.secret_name))


def ask(provider: IdentityProvider, callback: str) -> Any:
    """The redirect to the provider; NotVouched when it cannot be reached or is not the one entered."""
    return _guarded(lambda: _client(provider).authorize_redirect(callback))


def vouched_email(provider: IdentityProvider, arguments: Mapping[str, str]) -> str:
    """The verified e-mail address of whoever comes back; NotVouched otherwise.

    `arguments` are those of the callback.
    """
    return _guarded(lambda: _read(provider, arguments))


def _guarded(step: Callable[[], Answer]) -> Answer:
    try:
        return step()
    except NotVouched:
        raise
    except Exception as error:
        # Whatever goes wrong while a provider's answers are read means the same: nobody was vouched for.
        raise NotVouched(f"{type(error).__name__}: {error}") from error


def _client(provider: IdentityProvider) -> Any:
    # Imported here: most processes never speak to a provider.
    from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App

    name = str(provider.institution_id)
    client = FlaskOAuth2App(
        FlaskIntegration(name),
        name,
        client_id=provider.client_id,
        client_secret=os.environ[provider.secret_name],
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": _SECONDS,
            "leeway": 0,  # the access token is used at once, however short its life
        },
    )
    metadata = client.load_server_metadata()
    if metadata.get("issuer") != provider.issuer:
        raise NotVouched("the metadata are of another issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        address = metadata.get(name, provider.issuer)
        if urlsplit(address).scheme != urlsplit(provider.issuer).scheme:
            raise NotVouched(f"{name} is not protected as the issuer is")
    # A provider that offers "none" or a shared secret is not taken up on it.
    metadata["id_token_signing_alg_values_supported"] = _SIGNED_BY_KEY_PAIR
    return client


def _read(provider: IdentityProvider, arguments: Mapping[str, str]) -> str:
    client = _client(provider)
    _check_callback(client.server_metadata, provider, arguments)
    token = client.authorize_access_token(
        claims_options={
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
            "nonce": {"essential": True},
        },
        leeway=_CLOCKS_DIFFER,
    )
    claims = token.get("userinfo")
    if not claims:
        raise NotVouched("no ID token")
    if claims["aud"] not in (provider.client_id, [provider.client_id]):
        raise NotVouched("the ID token is for others as well")
    if "email" not in claims:
        claims = _told(client, token, claims)
    if not isinstance(claims.get("email"), str):
        raise NotVouched("no e-mail address")
    verified = claims.get("email_verified")
    if verified is not True and not (verified is None and provider.vouches_for_email):
        raise NotVouched("the e-mail address is not verified")
    return str(claims["email"])


def _check_callback(
    metadata: Mapping[str, Any], provider: IdentityProvider, arguments: Mapping[str, str]
) -> None:
    # RFC 9207, which Authlib leaves out: the answer must come from the provider that was asked.
    issuer = arguments.get("iss")
    if issuer is None and metadata.get("authorization_response_iss_parameter_supported"):
        raise NotVouched("the callback names no issuer")
    if issuer is not None and issuer != provider.issuer:
        raise NotVouched("the callback names another issuer")


def _told(client: Any, token: Mapping[str, Any], claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the provider tells beside the ID token, where many keep the e-mail address."""
    told: Mapping[str, Any] = client.userinfo(token=token)
    if told.get("sub") != claims["sub"]:
        raise NotVouched("the e-mail address is somebody else's")
    return told
