"""What is typed to sign in, to choose a password, and to enter an institution's identity provider."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from cii.foundation.fields import Email, Input, Line
from cii.foundation.texts import N_, Phrase, WrongInput

# Without this start, the name of any secret of this server could be entered, and sent to a provider.
SECRETS = "CII_OIDC_"

# Spaces at the ends belong to a password; it is never shown again, so nothing else is cleaned.
Password = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=200)]


class SignInInput(Input):
    """E-mail address and password; `next` is the page to go on to."""

    email: Email = Field(description=N_("Indiquez votre adresse électronique."))
    password: Password = Field(description=N_("Indiquez votre mot de passe."))
    next: str = "/"


class NewPassword(Input):
    """A new password, typed twice since it cannot be seen."""

    new_password: Password = Field(description=N_("Choisissez un mot de passe."))
    again: Password = Field(description=N_("Répétez le nouveau mot de passe."))

    @field_validator("again")
    @classmethod
    def _same(cls, value: str, info: ValidationInfo) -> str:
        if value != info.data.get("new_password", value):
            raise WrongInput(Phrase("Ce n’est pas le même mot de passe."))
        return value


class PasswordChangeInput(NewPassword):
    """A change by the person, who still knows the old one."""

    current_password: Password = Field(description=N_("Indiquez votre mot de passe actuel."))


class FirstPasswordInput(NewPassword):
    """The first password, chosen with the link that an administrator gave."""

    invitation: str


class ProviderInput(Input):
    """An institution's own OpenID Connect provider."""

    issuer: Line = Field(description=N_("Indiquez l’adresse du service d’identité."))
    client_id: Line = Field(description=N_("Indiquez l’identifiant que le service a donné à CII."))
    secret_name: Annotated[str, StringConstraints(max_length=80)] = Field(
        description=N_("Indiquez le nom de la variable qui contient le secret.")
    )
    vouches_for_email: bool = False
    active: bool = False

    @field_validator("issuer")
    @classmethod
    def _address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urlsplit(""), None
        here = host in {"127.0.0.1", "localhost"}
        if not host or parts.scheme not in ({"http", "https"} if here else {"https"}):
            raise WrongInput(Phrase("Écrivez l’adresse comme https://identite.exemple.ch."))
        if parts.query or parts.fragment or parts.username or " " in value:
            raise WrongInput(Phrase("Écrivez l’adresse comme https://identite.exemple.ch."))
        return value

    @field_validator("secret_name")
    @classmethod
    def _variable(cls, value: str) -> str:
        name = value.removeprefix(SECRETS)
        if name == value or not name.isascii() or not name.isidentifier() or name != name.upper():
            raise WrongInput(
                Phrase(
                    "Le nom commence par {start} et continue en majuscules et en chiffres.",
                    start=SECRETS,
                )
            )
        return value
