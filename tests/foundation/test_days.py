"""Days and hours as people write and read them."""

from contextlib import suppress
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cii.foundation.days import (
    MONTHS,
    DayError,
    TimeError,
    ago,
    format_day,
    format_moment,
    format_month,
    months_after,
    parse_day,
    parse_time,
)
from cii.foundation.texts import texts

# A Sunday.
TODAY = date(2026, 11, 22)
WRITABLE = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    "written",
    [
        "3.2.26",
        "03.02.2026",
        "3.2.2026",
        "3. 2. 2026",
        "3/2/2026",
        "3-2-2026",
        "3 2 2026",
        "2026-02-03",
        "2026-2-3",
        " 3.2.26 ",
        "3\u00a0février\u00a02026",
        "3 février 2026",
        "3 fevrier 26",
        "3 FÉVRIER 2026",
        "3 févr. 2026",
        "3. Februar 2026",
        "3.Februar 2026",
        "3. Feb. 26",
        "mardi 3 février 2026",
        "mardi, le 3 février 2026",
        "Dienstag, 3. Februar 2026",
        "Dienstag, den 3. Februar 2026",
        "mardi 3.2.2026",
        "3.2.2026.",
    ],
)
def test_the_third_of_february_is_understood(written):
    assert parse_day(written, TODAY) == date(2026, 2, 3)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("aujourd’hui", date(2026, 11, 22)),
        ("aujourd'hui", date(2026, 11, 22)),
        ("Heute", date(2026, 11, 22)),
        ("hier", date(2026, 11, 21)),
        ("gestern", date(2026, 11, 21)),
        ("demain", date(2026, 11, 23)),
        ("morgen", date(2026, 11, 23)),
        ("avant-hier", date(2026, 11, 20)),
        ("vorgestern", date(2026, 11, 20)),
        ("après-demain", date(2026, 11, 24)),
        ("übermorgen", date(2026, 11, 24)),
        ("1er mars 2026", date(2026, 3, 1)),
        ("1. März 2026", date(2026, 3, 1)),
        ("15 août 2026", date(2026, 8, 15)),
        ("31 déc. 2026", date(2026, 12, 31)),
        ("29.2.2024", date(2024, 2, 29)),
    ],
)
def test_words_of_both_languages_are_understood(written, day):
    assert parse_day(written, TODAY) == day


@pytest.mark.parametrize(
    ("written", "usual", "birth"),
    [
        # Of two digits: from eighty years ago (1947) to twenty years ahead (2046).
        ("1.1.26", date(2026, 1, 1), date(2026, 1, 1)),
        ("31.12.26", date(2026, 12, 31), date(1926, 12, 31)),
        ("1.1.30", date(2030, 1, 1), date(1930, 1, 1)),
        ("1.1.46", date(2046, 1, 1), date(1946, 1, 1)),
        ("1.1.47", date(1947, 1, 1), date(1947, 1, 1)),
        ("1.1.77", date(1977, 1, 1), date(1977, 1, 1)),
        ("1.1.00", date(2000, 1, 1), date(2000, 1, 1)),
        ("29.2.00", date(2000, 2, 29), date(2000, 2, 29)),
        ("1.1.2030", date(2030, 1, 1), date(2030, 1, 1)),
    ],
)
def test_two_digits_of_a_year_are_the_near_one_and_for_a_birth_the_past_one(written, usual, birth):
    assert parse_day(written, TODAY) == usual
    assert parse_day(written, TODAY, past=True) == birth


def test_the_window_of_two_digits_moves_with_the_century():
    assert parse_day("1.1.99", date(2090, 5, 1)) == date(2099, 1, 1)
    assert parse_day("1.1.26", date(2090, 5, 1)) == date(2026, 1, 1)


@pytest.mark.parametrize(
    "written", ["31.02.1990", "30.2.90", "31 février 1990", "2026-13-01", "0.1.2026", "29.2.2026"]
)
def test_a_day_that_does_not_exist_is_named(written):
    with pytest.raises(DayError) as refused:
        parse_day(written, TODAY)
    assert "n’existe pas" in str(refused.value)


def test_the_sentence_says_which_day_in_the_reader_s_language():
    with pytest.raises(DayError) as refused:
        parse_day("31.2.90", TODAY)
    assert texts("fr").say_phrase(refused.value.phrase) == "La date 31.02.1990 n’existe pas."
    assert texts("de").say_phrase(refused.value.phrase) == "Das Datum 31.02.1990 gibt es nicht."


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "12",
        "3.2.",
        "3.2.026",
        "bientôt",
        "3 brumaire 2026",
        "3.2/2026",
        "2026/02/03",
        "20260203",
        "3.2.2026 14:00",
        "٣.٢.2026",
        "1" * 100,
        "0" * 5000 + ".1.2026",
        "<script>",
        "3.2.2026\x00",
    ],
)
def test_anything_else_is_answered_with_an_example(written):
    with pytest.raises(DayError) as refused:
        parse_day(written, TODAY)
    assert str(refused.value) == "Écrivez la date comme 31.12.2026."


@pytest.mark.parametrize("written", ["1.1.1899", "1.1.2101", "1.1.0026", "31.2.1812"])
def test_a_year_out_of_reach_is_a_slip(written):
    with pytest.raises(DayError) as refused:
        parse_day(written, TODAY)
    assert str(refused.value) == "L’année doit être comprise entre 1900 et 2100."


@given(WRITABLE)
def test_every_day_that_is_shown_can_be_typed(day):
    assert parse_day(format_day(day), TODAY) == day
    assert parse_day(day.isoformat(), TODAY) == day
    for names in MONTHS.values():
        assert parse_day(f"{day.day}. {names[day.month - 1]} {day.year}", TODAY) == day


@given(WRITABLE, WRITABLE)
def test_a_birth_with_two_digits_is_never_in_the_future(day, today):
    written = f"{day.day}.{day.month}.{day.year % 100:02}"
    with suppress(DayError):
        assert parse_day(written, today, past=True) <= today


@given(st.text(max_size=60))
def test_no_text_does_anything_but_be_a_day_or_be_refused(text):
    with suppress(DayError):
        assert isinstance(parse_day(text, TODAY), date)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("14h", time(14)),
        ("14:00", time(14)),
        ("14.30", time(14, 30)),
        ("14h30", time(14, 30)),
        ("14 h 30", time(14, 30)),
        ("14 Uhr", time(14)),
        ("14 Uhr 30", time(14, 30)),
        ("14:30 Uhr", time(14, 30)),
        ("14.30H", time(14, 30)),
        ("9", time(9)),
        ("9:05", time(9, 5)),
        ("0:00", time(0)),
        ("23:59", time(23, 59)),
    ],
)
def test_hours_are_understood(written, hour):
    assert parse_time(written) == hour


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("24:00", "L’heure 24:00 n’existe pas."),
        ("25h", "L’heure 25:00 n’existe pas."),
        ("14:60", "L’heure 14:60 n’existe pas."),
        ("", "Écrivez l’heure comme 14:30."),
        ("14:5", "Écrivez l’heure comme 14:30."),
        ("1430", "Écrivez l’heure comme 14:30."),
        ("midi", "Écrivez l’heure comme 14:30."),
        ("-1:00", "Écrivez l’heure comme 14:30."),
        ("14:30:15", "Écrivez l’heure comme 14:30."),
        ("9" * 99, "Écrivez l’heure comme 14:30."),
    ],
)
def test_an_hour_that_is_none_is_refused_with_a_sentence(written, sentence):
    with pytest.raises(TimeError) as refused:
        parse_time(written)
    assert str(refused.value) == sentence


@given(st.times())
def test_every_hour_that_is_shown_can_be_typed(hour):
    shown = hour.replace(second=0, microsecond=0, tzinfo=None)
    assert parse_time(f"{shown:%H:%M}") == shown


def test_days_and_moments_look_the_same_in_both_languages():
    assert format_day(date(2026, 12, 31)) == "31.12.2026"
    assert format_day(date(2026, 2, 3)) == "03.02.2026"
    assert format_moment(datetime(2026, 12, 31, 13, 5, tzinfo=UTC)) == "31.12.2026, 14:05"
    assert format_moment(datetime(2026, 12, 31, 23, 5, tzinfo=UTC)) == "01.01.2027, 00:05"


def test_a_moment_has_no_day_before_its_time_zone_is_chosen():
    with pytest.raises(TypeError, match="format_moment"):
        format_day(datetime(2026, 12, 31, 23, 5, tzinfo=UTC))


def test_months_have_names():
    assert format_month(date(2026, 12, 31), "fr") == "décembre 2026"
    assert format_month(date(2026, 12, 31), "de") == "Dezember 2026"
    assert format_month(date(2027, 3, 1), "de") == "März 2027"


@pytest.mark.parametrize(
    ("day", "french", "german"),
    [
        (date(2026, 11, 14), "depuis 8 jours", "seit 8 Tagen"),
        (date(2026, 11, 20), "depuis 2 jours", "seit 2 Tagen"),
        (date(2026, 11, 21), "depuis hier", "seit gestern"),
        (date(2026, 11, 22), "depuis aujourd’hui", "seit heute"),
        (date(2026, 11, 23), "dans 1 jour", "in 1 Tag"),
        (date(2026, 11, 30), "dans 8 jours", "in 8 Tagen"),
    ],
)
def test_how_long_something_waits(day, french, german):
    assert ago(day, TODAY, texts("fr")) == french
    assert ago(day, TODAY, texts("de")) == german


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 9, 17), 12, date(2027, 9, 17)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 31), 0, date(2026, 1, 31)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_a_short_month(day, months, later):
    assert months_after(day, months) == later
