"""AVS numbers: 756.9217.0769.85 is the example of the Confederation, its check digit done by hand below."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cii.foundation.avs import AvsError, format_avs, mask_avs, parse_avs
from cii.foundation.texts import texts


def with_check_digit(twelve: str) -> str:
    """The EAN-13 check digit: figures weighted 1 and 3 in turn from the left, up to the next ten."""
    total = sum(int(figure) * (3 if place % 2 else 1) for place, figure in enumerate(twelve))
    return twelve + str(-total % 10)


def test_the_check_digit_by_hand():
    # 7+5*3+6+9*3+2+1*3+7+0*3+7+6*3+9+8*3 = 125; 130 - 125 = 5.
    assert with_check_digit("756921707698") == "7569217076985"


@pytest.mark.parametrize(
    "written",
    [
        "756.9217.0769.85",
        "7569217076985",
        "756 9217 0769 85",
        "756-9217-0769-85",
        " 756.9217.0769.85\n",
        "756\u00a09217\u00a00769\u00a085",
    ],
)
def test_a_number_with_or_without_dots(written):
    assert parse_avs(written) == "7569217076985"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "Le numéro AVS compte treize chiffres, comme 756.1234.5678.97."),
        ("756.9217.0769.8", "Le numéro AVS compte treize chiffres, comme 756.1234.5678.97."),
        ("756.9217.0769.855", "Le numéro AVS compte treize chiffres, comme 756.1234.5678.97."),
        ("756.9217.0769.8x", "Le numéro AVS compte treize chiffres, comme 756.1234.5678.97."),
        ("٧٥٦.9217.0769.85", "Le numéro AVS compte treize chiffres, comme 756.1234.5678.97."),
        ("123.45.678.910", "Le numéro AVS compte treize chiffres, comme 756.1234.5678.97."),
        (with_check_digit("757921707698"), "Le numéro AVS commence par 756."),
        (
            "756.9217.0769.84",
            "Ce numéro AVS contient une faute de frappe\u00a0: vérifiez-le chiffre par chiffre.",
        ),
        (
            "756.9217.0796.85",
            "Ce numéro AVS contient une faute de frappe\u00a0: vérifiez-le chiffre par chiffre.",
        ),
    ],
)
def test_a_wrong_number_is_refused_with_a_sentence_that_does_not_repeat_it(written, sentence):
    with pytest.raises(AvsError) as refused:
        parse_avs(written)
    assert str(refused.value) == sentence
    assert dict(refused.value.phrase.values) == {}


def test_the_example_in_the_sentence_is_a_valid_number():
    assert parse_avs("756.1234.5678.97") == "7561234567897"


def test_german_says_ahv():
    with pytest.raises(AvsError) as refused:
        parse_avs("757")
    assert texts("de").say_phrase(refused.value.phrase) == (
        "Die AHV-Nummer hat dreizehn Ziffern, zum Beispiel 756.1234.5678.97."
    )


def test_usually_only_the_last_two_figures_are_shown():
    assert mask_avs("7569217076985") == "756.••••.••••.85"


@given(st.integers(0, 10**9 - 1))
def test_every_number_that_is_shown_can_be_typed(figures):
    number = with_check_digit(f"756{figures:09}")
    assert parse_avs(format_avs(number)) == number
    assert len(format_avs(number)) == 16
    assert number[3:11] not in mask_avs(number)


@given(st.text(max_size=30))
def test_no_text_does_anything_but_be_a_number_or_be_refused(text):
    with suppress(AvsError):
        number = parse_avs(text)
        assert with_check_digit(number[:12]) == number
