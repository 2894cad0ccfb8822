"""Keys of rows: in the order of time, and the same again for the same form."""

from uuid import UUID

import time_machine
from hypothesis import given
from hypothesis import strategies as st

from cii.foundation.ids import id_of_form, new_id


def test_keys_are_in_the_order_of_time():
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock:
        first = new_id()
        clock.shift(1)
        second = new_id()
    assert first < second
    assert (first.version, second.version) == (7, 7)
    # RFC 9562: the first 48 bits are the milliseconds since 1970, here of 22 November 2026, 10:00 UTC.
    assert int.from_bytes(first.bytes[:6]) == 1_795_341_600_000


def test_no_two_keys_are_alike():
    assert len({new_id() for _ in range(10_000)}) == 10_000


@given(st.text(), st.text())
def test_the_same_submission_has_the_same_key_and_another_one_another(one, other):
    form_key = UUID("01a204af-a54e-72b1-b92f-07c8ce22dc2c")
    assert id_of_form(form_key, "amelie", one) == id_of_form(form_key, "amelie", one)
    assert id_of_form(form_key, "amelie", one) != id_of_form(form_key, "hugo", one)
    assert (id_of_form(form_key, one) == id_of_form(form_key, other)) == (one == other)


def test_keys_of_forms_stay_in_the_order_in_which_the_forms_were_opened():
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock:
        earlier = new_id()
        clock.shift(1)
        later = new_id()
    assert id_of_form(earlier, "text") < id_of_form(later, "text")
    assert id_of_form(earlier, "text").version == 8
