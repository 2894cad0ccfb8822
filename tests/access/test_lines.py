"""The access table says, line by line, what parts, procurations and deputies say day by day."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cii.access.actor import Kind
from cii.access.models import ALWAYS
from cii.consent.derive import Grant, Line, Part, Span, lines_of
from cii.consent.models import NEEDS_BY_PART, PartKind
from cii.consent.topics import OPENABLE, Topic
from tests.access.story import NEED

FIRST = date(2026, 1, 1)
ORP, CMS, COMMUNE, SAS, BUREAU = (UUID(int=number) for number in range(1, 6))
AMELIE, NICOLAS, HUGO = (UUID(int=number) for number in range(11, 14))
ALL = Topic(sum(OPENABLE))


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def span(first: int, last: int) -> Span:
    return Span(day(first), day(last))


def part(kind: Kind, institution: UUID, first: int, last: int, **more: object) -> Part:
    return Part(
        kind, institution, more.get("membership"), span(first, last), more.get("deputies", ())
    )  # type: ignore[arg-type]


def to_all(topics: Topic) -> tuple[tuple[Kind, Topic], ...]:
    return tuple((kind, topics) for kind in NEED)


def lines(parts: Iterable[Part], grants: Sequence[Grant] = ()) -> set[tuple[UUID, Span, Topic]]:
    return {(each.reader, each.span, each.topics) for each in lines_of(parts, grants)}


def test_a_part_without_a_procuration_opens_the_cover_alone() -> None:
    assert lines([part(Kind.BUREAU, BUREAU, 0, 9)]) == {(BUREAU, span(0, 9), Topic.CASE)}


def test_a_procuration_without_a_part_opens_nothing() -> None:
    assert lines([], [Grant(span(0, 9), to_all(ALL))]) == set()


def test_a_commune_reads_who_it_is_and_which_measures_while_the_procuration_holds() -> None:
    found = lines([part(Kind.COMMUNE, COMMUNE, 0, 9)], [Grant(span(3, 5), to_all(ALL))])
    assert found == {
        (COMMUNE, span(0, 2), Topic.CASE),
        (COMMUNE, span(3, 5), Topic.CASE | Topic.IDENTITY | Topic.MEASURES),
        (COMMUNE, span(6, 9), Topic.CASE),
    }


def test_a_procuration_counts_only_as_long_as_the_part_lasts() -> None:
    found = lines([part(Kind.SAS, SAS, 4, 6)], [Grant(span(0, 9), to_all(Topic.IDENTITY))])
    assert found == {(SAS, span(4, 6), Topic.CASE | Topic.IDENTITY)}


def test_what_was_struck_out_stays_closed() -> None:
    found = lines([part(Kind.SAS, SAS, 0, 9)], [Grant(span(0, 9), ((Kind.SAS, Topic.FINANCES),))])
    assert found == {(SAS, span(0, 9), Topic.CASE | Topic.FINANCES)}


def test_an_adviser_reads_notes_with_any_topic_and_so_does_the_office() -> None:
    found = lines(
        [part(Kind.ORP, ORP, 0, 9, membership=AMELIE)], [Grant(span(0, 9), to_all(Topic.HEALTH))]
    )
    seen = Topic.CASE | Topic.HEALTH | Topic.NOTES
    assert found == {(ORP, span(0, 9), seen), (AMELIE, span(0, 9), seen)}


def test_the_bureau_never_reads_notes_nor_health() -> None:
    [(_, _, topics)] = lines(
        [part(Kind.BUREAU, BUREAU, 0, 9)], [Grant(span(0, 9), to_all(ALL | Topic.NOTES))]
    )
    assert not topics & (Topic.NOTES | Topic.HEALTH | Topic.FINANCES | Topic.TRAINING)


def test_of_the_measures_the_sas_and_the_commune_see_only_theirs() -> None:
    for kind, office, every in (
        (Kind.SAS, SAS, False),
        (Kind.COMMUNE, COMMUNE, False),
        (Kind.BUREAU, BUREAU, True),
        (Kind.CMS, CMS, True),
    ):
        [(_, _, topics)] = lines(
            [part(kind, office, 0, 9)], [Grant(span(0, 9), to_all(Topic.MEASURES))]
        )
        assert Topic.MEASURES in topics
        assert (Topic.EVERY_MEASURE in topics) is every


def test_who_is_only_in_charge_of_the_file_sees_identity_finances_and_measures() -> None:
    found = lines(
        [Part(Kind.CMS, CMS, None, span(0, 9), at_most=NEEDS_BY_PART[PartKind.IN_CHARGE])],
        [Grant(span(0, 9), to_all(ALL))],
    )
    followed = Topic.IDENTITY | Topic.FINANCES | Topic.MEASURES
    assert found == {(CMS, span(0, 9), Topic.CASE | Topic.NOTES | Topic.EVERY_MEASURE | followed)}


def test_a_deputy_sees_during_the_absence_what_the_absent_one_sees() -> None:
    found = lines(
        [part(Kind.CMS, CMS, 0, 9, membership=HUGO, deputies=((NICOLAS, span(4, 20)),))],
        [Grant(span(6, 7), to_all(Topic.SOCIAL))],
    )
    open_topics = Topic.CASE | Topic.SOCIAL | Topic.NOTES
    assert {each for each in found if each[0] == NICOLAS} == {
        (NICOLAS, span(4, 5), Topic.CASE),
        (NICOLAS, span(6, 7), open_topics),
        (NICOLAS, span(8, 9), Topic.CASE),
    }


def test_two_parts_of_one_office_are_one_line_where_they_show_the_same() -> None:
    found = lines(
        [
            part(Kind.ORP, ORP, 0, 4, membership=AMELIE),
            part(Kind.ORP, ORP, 5, 9, membership=NICOLAS),
        ]
    )
    assert found == {
        (ORP, span(0, 9), Topic.CASE),
        (AMELIE, span(0, 4), Topic.CASE),
        (NICOLAS, span(5, 9), Topic.CASE),
    }


def test_a_part_without_end_lasts_for_ever() -> None:
    found = lines([Part(Kind.BUREAU, BUREAU, None, Span(FIRST, ALWAYS))])
    assert found == {(BUREAU, Span(FIRST, ALWAYS), Topic.CASE)}


def test_the_part_of_an_institution_that_no_procuration_names_opens_the_cover_alone() -> None:
    found = lines([part(Kind.OAI, ORP, 0, 9)], [Grant(span(0, 9), to_all(ALL))])
    assert found == {(ORP, span(0, 9), Topic.CASE)}


# The same recounted: each day and each reader for itself

LENGTH = 12
DAYS = st.integers(0, LENGTH)
SPANS = st.tuples(DAYS, DAYS).map(lambda pair: span(min(pair), max(pair)))
KIND_OF = {ORP: Kind.ORP, CMS: Kind.CMS, COMMUNE: Kind.COMMUNE, SAS: Kind.SAS, BUREAU: Kind.BUREAU}
PEOPLE = st.sampled_from([AMELIE, NICOLAS, HUGO])
PARTS = st.builds(
    lambda institution, person, period, deputies: Part(
        KIND_OF[institution], institution, person, period, tuple(deputies)
    ),
    st.sampled_from(list(KIND_OF)),
    st.none() | PEOPLE,
    SPANS,
    st.lists(st.tuples(PEOPLE, SPANS), max_size=2),
)
TOPICS = st.lists(st.sampled_from(OPENABLE)).map(lambda chosen: Topic(sum(set(chosen))))
GRANTS = st.builds(
    lambda period, topics: Grant(period, tuple(topics.items())),
    SPANS,
    st.dictionaries(st.sampled_from(list(NEED)), TOPICS),
)


def sight(parts: Iterable[Part], grants: Sequence[Grant], reader: UUID, on: date) -> set[str]:
    """What a reader sees on a day, word by word from the description of the product."""
    seen: set[str] = set()
    for each in parts:
        if not each.span.first <= on <= each.span.last:
            continue
        by_name = each.kind in {Kind.ORP, Kind.CMS}
        reads = reader == each.institution or (
            by_name
            and each.membership is not None
            and (
                reader == each.membership
                or any(
                    reader == deputy and absence.first <= on <= absence.last
                    for deputy, absence in each.deputies
                )
            )
        )
        if not reads:
            continue
        seen.add("case")
        for grant in grants:
            if grant.span.first <= on <= grant.span.last:
                left_open = {
                    topic.name.lower()  # type: ignore[union-attr]
                    for kind, topics in grant.topics
                    if kind is each.kind
                    for topic in OPENABLE
                    if topic & topics
                }
                shown = left_open & set(NEED[each.kind].split())
                seen |= shown | ({"notes"} if shown and by_name else set())
                if "measures" in shown and (by_name or each.kind is Kind.BUREAU):
                    seen.add("every_measure")
    return seen


def words(topics: Topic) -> set[str]:
    return {each.name.lower() for each in Topic if each & topics}  # type: ignore[union-attr]


@given(st.lists(PARTS, max_size=4), st.lists(GRANTS, max_size=3))
def test_the_lines_say_what_a_recount_of_every_day_and_reader_says(
    parts: list[Part], grants: list[Grant]
) -> None:
    found = lines_of(parts, grants)
    for reader in (*KIND_OF, AMELIE, NICOLAS, HUGO):
        for number in range(-1, LENGTH + 2):
            on = day(number)
            holding = [
                each
                for each in found
                if each.reader == reader and each.span.first <= on <= each.span.last
            ]
            assert len(holding) <= 1, "two lines of one reader on one day"
            said = words(holding[0].topics) if holding else set()
            assert said == sight(parts, grants, reader, on)


@given(st.lists(PARTS, max_size=4), st.lists(GRANTS, max_size=3))
def test_neighbouring_lines_differ_and_the_order_of_what_is_given_does_not_matter(
    parts: list[Part], grants: list[Grant]
) -> None:
    found = lines_of(parts, grants)
    by_reader: dict[UUID, list[Line]] = {}
    for each in found:
        by_reader.setdefault(each.reader, []).append(each)
    for mine in by_reader.values():
        for one, other in pairwise(mine):
            assert one.span.last < other.span.first
            assert one.topics != other.topics or one.span.last + timedelta(1) < other.span.first
    assert lines(parts[::-1], grants[::-1]) == lines(parts, grants)
