"""Francs as people write and read them."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cii.foundation.money import LARGEST, MoneyError, format_francs, parse_francs
from cii.foundation.texts import texts

AMOUNTS = st.decimals(min_value=0, max_value=LARGEST, places=2)
FORM = "Écrivez le montant comme 1’234.50."


@pytest.mark.parametrize(
    "written",
    [
        "1'234.50",
        "1’234.50",
        "1234,50",
        "1234.5",
        "1 234.50",
        "1\u00a0234,50",
        "1\u202f234,5",
        "CHF 1’234.50",
        "chf1234.50",
        "Fr. 1234.50",
        "1234.50 CHF",
        "1’234.50 francs",
        " 1234.50 ",
    ],
)
def test_the_same_amount_in_many_writings(written):
    assert parse_francs(written) == Decimal("1234.50")


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("CHF 12", "12.00"),
        ("12.–", "12.00"),
        ("12.-", "12.00"),
        ("Fr. 12.—", "12.00"),
        ("0", "0.00"),
        ("0.05", "0.05"),
        ("007", "7.00"),
        ("1'234'567", "1234567.00"),
        ("99’999’999.99", "99999999.99"),
    ],
)
def test_amounts_have_two_decimals(written, amount):
    assert str(parse_francs(written)) == amount


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "CHF",
        "douze",
        "NaN",
        "Infinity",
        "1e5",
        "1E5",
        "0x10",
        "1_000",
        "1'23",
        "1'2345",
        "12'34'567",
        "1'234 567",
        "1,234.50",
        "1.234,50",
        "12.",
        ".50",
        "--5",
        "-CHF -5",
        "5-",
        "+5",
        "12.50 EUR",
        "€ 12",
        "١٢",
        "12\n13",
        "9" * 200,
        "=1+1",
    ],
)
def test_anything_else_is_answered_with_an_example(written):
    with pytest.raises(MoneyError) as refused:
        parse_francs(written, negative=True)
    assert str(refused.value) == FORM


@pytest.mark.parametrize("written", ["12.345", "12,000", "0.001", "1’234.567"])
def test_centimes_are_two_figures(written):
    with pytest.raises(MoneyError) as refused:
        parse_francs(written)
    assert str(refused.value) == "Un montant a au plus deux chiffres après le point."


@pytest.mark.parametrize("written", ["100’000’000", "999999999999"])
def test_an_amount_out_of_reach_is_a_slip(written):
    with pytest.raises(MoneyError) as refused:
        parse_francs(written)
    assert str(refused.value) == "Le montant ne peut pas dépasser CHF 99’999’999.99."
    assert (
        texts("de").say_phrase(refused.value.phrase)
        == "Der Betrag darf CHF 99’999’999.99 nicht übersteigen."
    )


@pytest.mark.parametrize("written", ["-5", "−5.00", "CHF -5", "-CHF 5", "-0.01"])
def test_negative_amounts_only_where_they_have_a_meaning(written):
    with pytest.raises(MoneyError) as refused:
        parse_francs(written)
    assert str(refused.value) == "Le montant ne peut pas être négatif."
    assert parse_francs(written, negative=True) < 0


def test_minus_nothing_is_nothing():
    assert str(parse_francs("-0")) == "0.00"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "CHF 0.00"),
        ("12", "CHF 12.00"),
        ("12.5", "CHF 12.50"),
        ("1234.50", "CHF 1’234.50"),
        ("1234567.05", "CHF 1’234’567.05"),
        ("-1234.50", "CHF -1’234.50"),
        ("1E+3", "CHF 1’000.00"),
    ],
)
def test_amounts_look_the_same_in_both_languages(amount, shown):
    assert format_francs(Decimal(amount)) == shown


@pytest.mark.parametrize("amount", ["0.001", "1.005", "NaN", "Infinity"])
def test_what_is_finer_than_a_centime_is_not_rounded_in_silence(amount):
    with pytest.raises(ValueError, match="centimes"):
        format_francs(Decimal(amount))


@given(AMOUNTS)
def test_every_amount_that_is_shown_can_be_typed(amount):
    assert parse_francs(format_francs(amount)) == amount
    assert parse_francs(str(amount)) == amount
    assert parse_francs(format_francs(-amount), negative=True) == -amount


@given(st.text(max_size=50))
def test_no_text_does_anything_but_be_an_amount_or_be_refused(text):
    with suppress(MoneyError):
        amount = parse_francs(text)
        assert 0 <= amount <= LARGEST
        assert amount.as_tuple().exponent == -2
