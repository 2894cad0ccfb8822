"""On which days a procuration is in force: until it ends, is revoked, or another one takes its place."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cii.consent.derive import Signed, Span, periods

START = date(2026, 1, 1)
A, B, C = (UUID(int=number) for number in (1, 2, 3))


def day(number: int) -> date:
    return START + timedelta(days=number)


def signed(key: UUID, first: int, last: int, replaces: UUID | None = None) -> Signed:
    return Signed(key, Span(day(first), day(last)), replaces)


def test_a_procuration_holds_from_its_first_to_its_last_day():
    assert periods([signed(A, 10, 20)], ()) == {A: Span(day(10), day(20))}


def test_a_revoked_one_holds_on_no_day():
    assert periods([signed(A, 10, 20)], {A}) == {}


def test_a_new_one_ends_the_old_one_the_day_before_it_begins():
    in_force = periods([signed(A, 0, 100), signed(B, 40, 200, replaces=A)], ())
    assert in_force == {A: Span(day(0), day(39)), B: Span(day(40), day(200))}


def test_a_new_one_after_a_gap_leaves_the_gap_closed():
    in_force = periods([signed(A, 0, 10), signed(B, 40, 50, replaces=A)], ())
    assert in_force == {A: Span(day(0), day(10)), B: Span(day(40), day(50))}


def test_a_new_one_from_the_same_day_takes_the_place_of_the_old_one_altogether():
    assert periods([signed(A, 5, 100), signed(B, 5, 20, replaces=A)], ()) == {
        B: Span(day(5), day(20))
    }


def test_the_old_one_does_not_come_back_when_the_new_one_ends_earlier():
    in_force = periods([signed(A, 0, 100), signed(B, 10, 20, replaces=A)], ())
    assert in_force == {A: Span(day(0), day(9)), B: Span(day(10), day(20))}


def test_the_last_recorded_one_counts_also_where_the_one_it_replaces_was_still_to_come():
    """Signed in June for July, signed again in May: from then on only the last word counts, not both."""
    in_force = periods(
        [signed(A, 0, 300), signed(B, 180, 300, replaces=A), signed(C, 120, 300, replaces=B)], ()
    )
    assert in_force == {A: Span(day(0), day(119)), C: Span(day(120), day(300))}


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5),
    st.sets(st.integers(0, 4)),
)
def test_on_each_day_the_last_recorded_one_that_has_begun_decides_alone(spans, revoked_ones):
    keys = [UUID(int=number + 1) for number in range(len(spans))]
    all_signed = [
        signed(key, first, first + length, replaces=keys[number - 1] if number else None)
        for number, (key, (first, length)) in enumerate(zip(keys, spans, strict=True))
    ]
    revoked = {keys[number] for number in revoked_ones if number < len(keys)}
    in_force = periods(all_signed, revoked)
    for number in range(65):
        begun = [each for each in all_signed if each.span.first <= day(number)]
        expected = (
            {begun[-1].id}
            if begun and day(number) <= begun[-1].span.last and begun[-1].id not in revoked
            else set()
        )
        holding = {key for key, span in in_force.items() if span.first <= day(number) <= span.last}
        assert holding == expected
