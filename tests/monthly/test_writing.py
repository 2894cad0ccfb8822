"""Writing an update: prepared, edited by two, published, corrected until it is handed over, then added to."""

from datetime import UTC, datetime, timedelta

from cii.access.actor import Kind
from cii.access.guard import Hidden
from cii.cases.lifecycle import NotAllowed, State
from cii.coaching.actions import ChangedMeanwhile
from cii.coaching.models import Appointment, AppointmentState, Objective, ObjectiveState
from cii.consent.topics import NEEDS, Topic
from cii.foundation.clock import today
from cii.monthly import actions
from cii.monthly.inputs import AddendumInput
from cii.monthly.models import SourceKind, UpdateElement, UpdatePart, UpdateState
from cii.monthly.queries import elements_of, proposed, update_of
from cii.monthly.schedule import month_of
from tests.coaching.house import suspend
from tests.house import Consent
from tests.monthly.house import (
    acting,
    owe,
    paragraphs,
    published,
    refused,
    seen,
    texts_of,
    update_in,
)


def of_this_month():
    return month_of(today())


def prepared_for(house, case, who):
    with acting(house, who) as session:
        return proposed(session, case.id, "fr")


def test_it_is_prepared_from_what_the_tandem_already_wrote(house):
    case = house.case(by="yannick", state=State.COACHING)
    house.note(case, "amelie", "Le stage est trouvé.", significant=True)
    house.note(case, "amelie", "Bavardage.", significant=False)
    house.objective(case, "hugo", "Tenir deux mois")
    house.appointment(case, "amelie", place="ORP Sion", about="Bilan")
    found = prepared_for(house, case, "amelie")
    assert [(each.part, each.source) for each in found] == [
        (UpdatePart.IMPLEMENTATION, SourceKind.APPOINTMENT),
        (UpdatePart.EVOLUTION, SourceKind.NOTE),
        (UpdatePart.EVOLUTION, SourceKind.OBJECTIVE),
    ]
    assert "Le stage est trouvé." in found[1].text
    assert found[2].text == "Objectif fixé\u00a0: Tenir deux mois"
    assert "ORP Sion, Bilan" in found[0].text


def test_what_was_published_is_not_prepared_again(house):
    case = house.case(by="yannick", state=State.COACHING)
    house.note(case, "amelie", "Le stage est trouvé.", significant=True)
    (first,) = prepared_for(house, case, "amelie")
    with acting(house, "amelie") as session:
        given = paragraphs(
            first.text,
            version=seen(session, case, of_this_month()),
            keys=[first.key(case.id, of_this_month())],
        )
        actions.publish(session, case.id, of_this_month(), given)
    assert prepared_for(house, case, "amelie") == []
    (row,) = house.all(UpdateElement)
    assert row.source is SourceKind.NOTE
    assert row.topic == Topic.COACHING | Topic.NOTES


def test_an_objective_is_told_again_when_it_is_reached(house):
    case = house.case(by="yannick", state=State.COACHING)
    key = house.objective(case, "hugo", "Tenir deux mois")
    (first,) = prepared_for(house, case, "amelie")
    with acting(house, "amelie") as session:
        keys = [first.key(case.id, of_this_month())]
        given = paragraphs(first.text, version=seen(session, case, of_this_month()), keys=keys)
        actions.publish(session, case.id, of_this_month(), given)
    with acting(house, "hugo") as session:
        row = session.find(Objective, key)
        row.state, row.state_since = ObjectiveState.REACHED, today()
        session.add(row)
    assert [each.text for each in prepared_for(house, case, "amelie")] == [
        "Objectif atteint\u00a0: Tenir deux mois"
    ]


def test_an_appointment_is_told_as_it_went(house):
    case = house.case(by="yannick", state=State.COACHING)
    house.add(
        Appointment(
            case_id=case.id,
            institution_id=house.institution["orp_sion"],
            person_id=house.person["amelie"],
            at=datetime(2026, 11, 3, 9, 0, tzinfo=UTC),
            place="ORP Sion",
            state=AppointmentState.MISSED,
        )
    )
    (found,) = prepared_for(house, case, "hugo")
    assert found.text == "Rendez-vous manqué\u00a0: 03.11.2026, 10:00, ORP Sion"


def test_both_of_the_tandem_write_and_nobody_else(house):
    case = house.case(by="yannick", state=State.COACHING)
    published(house, case, "amelie", "Un stage est trouvé.")
    for who in ("yannick", "nicolas", "claire", "cecile"):
        with refused(house, who, Hidden) as session:
            actions.save(session, case.id, of_this_month(), paragraphs("x"))
    assert texts_of(house, case) == ["Un stage est trouvé."]


def test_a_deputy_writes_in_the_place_of_whoever_is_absent(house):
    case = house.case(by="yannick", state=State.COACHING)
    house.deputy("amelie", "nicolas")
    update = published(house, case, "nicolas", "Vu pendant l’absence.")
    assert update.author_id == house.person["nicolas"]


def test_the_second_is_told_that_the_first_saved_and_the_same_again_changes_nothing(house):
    case = house.case(by="yannick", state=State.COACHING)
    month = of_this_month()
    with acting(house, "hugo") as session:
        opened = seen(session, case, month)
    with acting(house, "amelie") as session:
        mine = paragraphs("Le mien.", version=opened)
        actions.save(session, case.id, month, mine)
    with acting(house, "amelie") as session:
        actions.save(session, case.id, month, mine)
    with refused(house, "hugo", ChangedMeanwhile) as session:
        actions.save(session, case.id, month, paragraphs("Le sien.", version=opened))
    assert texts_of(house, case) == ["Le mien."]


def test_both_of_the_tandem_take_the_same_prepared_paragraph_once(house):
    case = house.case(by="yannick", state=State.COACHING)
    house.note(case, "amelie", "Le stage est trouvé.", significant=True)
    month = of_this_month()
    for who in ("amelie", "hugo"):
        (note,) = prepared_for(house, case, who)
        with acting(house, who) as session:
            version = seen(session, case, month)
            keys = [note.key(case.id, month)]
            actions.save(session, case.id, month, paragraphs(note.text, version=version, keys=keys))
    assert house.count(UpdateElement) == 1


STRUCK_OUT = {**NEEDS, Kind.ORP: NEEDS[Kind.ORP] & ~Topic.HEALTH}


def test_a_paragraph_that_one_of_the_tandem_does_not_see_stays_as_it_is(house):
    case = house.case(by="yannick", state=State.COACHING, consent=Consent(topics=STRUCK_OUT))
    month = of_this_month()
    with acting(house, "amelie") as session:
        opened = seen(session, case, month)
    with acting(house, "hugo") as session:
        given = paragraphs("Son dos va mieux.", version=seen(session, case, month), topic="health")
        actions.save(session, case.id, month, given)
    with acting(house, "amelie") as session:
        assert elements_of(session, update_of(session, case.id, month).id) == []
        # Nothing that she can see has changed: she is not told that something else did.
        actions.publish(session, case.id, month, paragraphs("Stage trouvé.", version=opened))
    assert sorted(texts_of(house, case)) == ["Son dos va mieux.", "Stage trouvé."]


def test_what_was_taken_from_a_note_on_health_stays_under_health(house):
    case = house.case(by="yannick", state=State.COACHING)
    house.note(case, "hugo", "Incapacité de 60 %.", topic=Topic.HEALTH, significant=True)
    (note,) = prepared_for(house, case, "amelie")
    month = of_this_month()
    for text in ("Incapacité de 60 %.", "Incapacité réduite."):
        with acting(house, "amelie") as session:
            keys = [note.key(case.id, month)]
            given = paragraphs(
                text, version=seen(session, case, month), keys=keys, topic="coaching"
            )
            actions.save(session, case.id, month, given)
    (row,) = house.all(UpdateElement)
    assert row.topic == Topic.COACHING | Topic.HEALTH | Topic.NOTES
    assert row.text == "Incapacité réduite."


def test_nothing_is_published_without_a_word(house):
    case = house.case(by="yannick", state=State.COACHING)
    with refused(house, "amelie", actions.NothingWritten) as session:
        actions.publish(session, case.id, of_this_month(), paragraphs())


def test_nothing_new_takes_one_act_and_may_be_followed_by_an_update(house):
    case = house.case(by="yannick", state=State.COACHING)
    for _ in range(2):
        with acting(house, "hugo") as session:
            actions.say_nothing_new(session, case.id, of_this_month())
    assert update_in(house, case).state is UpdateState.NOTHING_NEW
    published(house, case, "hugo", "Tout de même.")
    assert update_in(house, case).state is UpdateState.PUBLISHED
    with refused(house, "hugo", NotAllowed) as session:
        actions.say_nothing_new(session, case.id, of_this_month())


def test_a_later_update_closes_what_was_owed_before(house):
    case = house.case(by="yannick", state=State.COACHING)
    before = month_of(of_this_month() - timedelta(days=1))
    owe(house, before)
    owe(house)
    published(house, case, "hugo", "Les deux mois.")
    assert update_in(house, case, before).state is UpdateState.MISSED


def test_it_is_corrected_until_it_is_handed_over_and_then_added_to(house):
    case = house.case(by="yannick", state=State.COACHING)
    month = of_this_month()
    published(house, case, "amelie", "Un stage est trouvé.")
    published(house, case, "hugo", "Deux stages sont trouvés.")
    assert texts_of(house, case) == ["Deux stages sont trouvés."]
    with refused(house, "amelie", NotAllowed) as session:
        actions.add_addendum(session, case.id, month, AddendumInput(text="Trop tôt."))
    update = update_in(house, case)
    update.sent_at = datetime.now(UTC)
    house.add(update)
    with refused(house, "amelie", NotAllowed) as session:
        actions.save(session, case.id, month, paragraphs("Trop tard."))
    given = AddendumInput(text="Le stage commence lundi.")
    for _ in range(2):
        with acting(house, "amelie") as session:
            actions.add_addendum(session, case.id, month, given)


def test_nothing_is_written_for_a_month_to_come_or_a_case_that_is_not_coached(house):
    case = house.case(by="yannick", state=State.COACHING)
    later = month_of(of_this_month() + timedelta(days=40))
    with refused(house, "amelie", Hidden) as session:
        actions.save(session, case.id, later, paragraphs("x"))
    suspend(house, case)
    with refused(house, "amelie", NotAllowed) as session:
        actions.save(session, case.id, of_this_month(), paragraphs("x"))


def test_the_worker_opens_each_month_once(house):
    house.case(by="yannick", state=State.COACHING)
    house.case(by="yannick", state=State.ADMITTED)
    assert owe(house) == 1
    assert owe(house) == 0
