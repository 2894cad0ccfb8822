"""Names are found however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cii.foundation.names import initials, search_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Délèze Zoé", "deleze zoe"),
        ("DÉLÈZE  ZOÉ", "deleze zoe"),
        (" Zoé\u00a0Délèze ", "zoe deleze"),
        ("De\u0301le\u0300ze", "deleze"),
        ("Müller", "muller"),
        ("Strauß", "strauss"),
        ("STRAUẞ", "strauss"),
        ("Sœur", "soeur"),
        ("Œuvray", "oeuvray"),
        ("Cæsar", "caesar"),
        ("Łukasz", "lukasz"),
        ("Sørensen", "sorensen"),
        ("Đorđević", "dordevic"),
        ("Yılmaz", "yilmaz"),
        ("İbrahim", "ibrahim"),
        ("François-Xavier", "francois-xavier"),
        ("d’Ayent", "d'ayent"),
        ("d'Ayent", "d'ayent"),
        ("D´Ayent", "d'ayent"),
        ("Anne\u2011Lise", "anne-lise"),
        ("Nguyễn", "nguyen"),
        ("", ""),
    ],
)
def test_accents_capitals_and_blanks_make_no_difference(name, key):
    assert search_key(name) == key


def test_what_is_being_typed_is_the_beginning_of_what_is_found():
    assert search_key("Délèze Zoé").startswith(search_key("délè"))
    assert search_key("Délèze Zoé").startswith(search_key("Deleze Z"))


@given(st.text(max_size=40))
def test_the_key_of_a_key_is_itself(name):
    assert search_key(search_key(name)) == search_key(name)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Zoé Délèze", "ZD"),
        ("Anne-Lise de Preux", "ALP"),
        ("Élodie von Roten", "ÉR"),
        ("zoé délèze", "ZD"),
        ("  Zoé  ", "Z"),
        ("", ""),
    ],
)
def test_initials(name, letters):
    assert initials(name) == letters
