"""Which new passwords are refused. The lines are what people type, not what the code knows."""

import pytest

from cii.signin.password_rules import objection

ME = ("Zoé", "Délèze", "zoe.deleze@orp-sion.example")


@pytest.mark.parametrize(
    "password",
    [
        "quatre chaises bleues",
        "trois lampes vertes sous la pluie",
        "kräftiger Wind am Pass",
        "xK4#vv9!qLm2",
        "9f2c71d0e55ab3",
        "mon chat dort sur le toit",
    ],
)
def test_a_password_of_several_words_or_of_chance_is_good(password):
    assert objection(password, ME) is None


@pytest.mark.parametrize("password", ["", "a", "xK4#vv9!qLm", "ﬁﬁﬁ"])
def test_fewer_than_twelve_characters_are_too_few(password):
    assert "12 caractères" in str(objection(password, ME))


@pytest.mark.parametrize(
    "password",
    [
        "motdepasse2026",
        "MotDePasse!!!!",
        "mot de passe 1",
        "P@ssw0rd2026!",
        "Password1234",
        "Passwort2026!",
        "passwordpassword",
        "123456789012",
        "02.03.1985 02.03.1985",
        "aaaaaaaaaaaa",
        "abababababab",
        "qwertzuiop12",
        "azertyuiop123",
        "Bienvenue2026!",
        "Willkommen2026",
        "valaisvalais",
        "  Valais  2026  ",
        "1234motdepasse",
        "été2026été2026",
    ],
)
def test_what_everybody_tries_first_is_refused(password):
    assert "facile à deviner" in str(objection(password, ME))


@pytest.mark.parametrize(
    "password", ["le vélo de Zoé 27", "DELEZE-1985-sion", "zoe.deleze.2026", "j’aime Délèze"]
)
def test_ones_own_name_or_address_is_refused(password):
    assert "ni votre nom ni votre adresse" in str(objection(password, ME))


def test_a_very_short_name_is_not_looked_for():
    assert objection("quatre chaises bleues", ("An", "Le", "a.l@example.ch")) is None
