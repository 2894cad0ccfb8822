"""The one e-mail a month: to whom, when, once; with the reader's eyes, and never a word of a hidden topic."""

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from cii.access.actor import Kind
from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.consent.models import PartKind
from cii.consent.topics import NEEDS, OPENABLE, Topic
from cii.delivery.desk import ReaderDesk
from cii.delivery.readers import reader_at
from cii.foundation.clock import living_at, now, today
from cii.monthly import actions
from cii.monthly.emails import compose
from cii.monthly.inputs import AddendumInput
from cii.monthly.models import (
    DigestMode,
    DigestPause,
    MonthlySettings,
    Update,
    UpdateElement,
    UpdatePart,
    UpdateState,
)
from cii.monthly.rounds import hand_over, standing
from cii.organisations.models import Membership, Person
from cii.outbox.kinds import Composed, Nothing, Order
from cii.outbox.models import Message, MessageCase
from cii.settings import read_settings
from tests.conftest import SECRET
from tests.house import Consent
from tests.monthly.house import acting, handed_over, owe, published, update_in

VALAIS = ZoneInfo("Europe/Zurich")
NOVEMBER = date(2026, 11, 1)
WRITTEN = datetime(2026, 11, 24, 10, tzinfo=VALAIS)
# The first working day of December 2026 is Tuesday the 1st.
DUE = datetime(2026, 12, 1, 7, tzinfo=VALAIS)
PROTECTED = {"mail_host": "relay.example", "mail_protected_domains": "example.ch"}


@pytest.fixture
def november():
    """It is the 24th of November 2026."""
    with living_at(WRITTEN):
        yield


def settings_for(house, institution, **values):
    house.add(MonthlySettings(institution_id=house.institution[institution], **values))


def messages(house):
    return house.all(Message, Message.kind == "monthly-digest")


def composed(house, message, tmp_path, *, certificate=None, **settings):
    """What the mail says if it leaves now."""
    with house.store.system(Reason.DELIVER, writes=False) as system:
        reader = reader_at(system, message.membership_id, today(), now())
    assert reader is not None
    if certificate:
        reader = SimpleNamespace(
            address=reader.address, actors=reader.actors, actor=reader.actor, certificate=b"x"
        )
    product = read_settings({}, var=tmp_path, secret=SECRET, **settings)
    cases = house.all(MessageCase, MessageCase.message_id == message.id)
    order = Order(
        id=message.id,
        kind=message.kind,
        facts=message.facts,
        cases=tuple(each.case_id for each in cases),
        due_at=message.due_at,
    )
    return compose(ReaderDesk(house.store, product, reader), order)


def the_mail(house, tmp_path, **options):
    (message,) = messages(house)
    return composed(house, message, tmp_path, **options)


def everything_in(mail):
    """Every byte of a mail, as text."""
    parts = [each.content.decode() + each.name for each in mail.attachments]
    return " ".join([mail.subject, mail.text, mail.html, *parts]).replace("\r\n ", "")


def december(moment=DUE):
    return living_at(moment + timedelta(minutes=1))


def handed(house, moment=DUE):
    with december(moment):
        return handed_over(house, moment + timedelta(minutes=1))


# When, and once


def test_it_leaves_on_the_first_working_day_at_seven_and_once(house, november):
    case = house.case(by="yannick", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    assert handed_over(house, DUE - timedelta(minutes=1)) is None
    assert handed(house).mails == 1
    assert handed_over(house, DUE + timedelta(hours=5)) is None
    with december():
        assert hand_over(house.store, NOVEMBER, DUE + timedelta(days=2)).known == 1
    (message,) = messages(house)
    assert message.due_at == DUE
    assert message.key == f"monthly-digest:2026-11:{house.person['yannick']}"
    assert update_in(house, case).sent_at is not None


def test_after_days_of_downtime_it_leaves_all_the_same(house, november):
    house.case(by="yannick", state=State.COACHING)
    assert handed(house, DUE + timedelta(days=6)).mails == 1


def test_the_first_working_day_of_january_is_not_new_years_day(house):
    """1 January 2027 is a Friday and a holiday: it leaves on Monday the 4th."""
    with living_at(datetime(2026, 12, 20, 9, tzinfo=VALAIS)):
        house.case(by="yannick", state=State.COACHING)
    assert handed_over(house, datetime(2027, 1, 3, 12, tzinfo=VALAIS)) is None
    monday = datetime(2027, 1, 4, 7, 1, tzinfo=VALAIS)
    with living_at(monday):
        assert handed_over(house, monday).mails == 1


def test_it_leaves_at_seven_of_valais_in_summer_as_in_winter(house):
    """The clocks change on 28 March 2027; the first working day of April is Thursday the 1st."""
    with living_at(datetime(2027, 3, 20, 9, tzinfo=VALAIS)):
        house.case(by="yannick", state=State.COACHING)
    assert handed_over(house, datetime(2027, 4, 1, 4, 59, tzinfo=UTC)) is None
    with living_at(datetime(2027, 4, 1, 5, 0, tzinfo=UTC)):
        assert handed_over(house, datetime(2027, 4, 1, 5, 0, tzinfo=UTC)).mails == 1


def test_an_institution_chooses_its_day_and_hour(house, november):
    house.case(by="yannick", state=State.COACHING)
    settings_for(house, "cms_sierre", digest_day=3, digest_hour=9)
    assert handed(house).mails == 0
    assert handed(house, datetime(2026, 12, 3, 9, tzinfo=VALAIS)).mails == 1


def test_a_professional_without_open_cases_gets_nothing(house, november):
    house.case(by="yannick", state=State.ADMITTED)
    house.case(by="bastien", state=State.CLOSED)
    assert handed(house).mails == 0
    assert messages(house) == []


def test_a_dry_run_counts_and_leaves_nothing(house, november):
    house.case(by="yannick", state=State.COACHING)
    with december():
        done = hand_over(house.store, NOVEMBER, DUE, dry_run=True)
    assert done.mails == 1
    assert messages(house) == []


def test_many_readers_are_gone_through_in_steps(house, november, monkeypatch):
    monkeypatch.setattr("cii.monthly.rounds.STEP", 2)
    for who in ("yannick", "bastien", "hugo", "amelie", "nicolas"):
        house.case(by=who, state=State.COACHING)
    seen = []
    with december():
        done = hand_over(
            house.store, NOVEMBER, DUE, progress=lambda each: seen.append(each.readers)
        )
    assert done.mails == 5
    assert seen == [2, 4, 5, 5]


def test_the_standing_of_a_month_is_told_in_numbers(house, november):
    case = house.case(by="yannick", state=State.COACHING)
    house.case(by="bastien", state=State.COACHING)
    owe(house)
    published(house, case, "amelie", "Un stage.")
    handed(house)
    with house.store.system(Reason.CHECK, writes=False) as system:
        found = standing(system, NOVEMBER, date(2026, 12, 1))
    assert found.updates == {UpdateState.PUBLISHED: 1, UpdateState.TO_WRITE: 1}
    assert (found.handed_over, found.late, found.without_reader) == (1, 1, 0)
    assert found.messages == {"queued": 2}
    assert found.schedules == [(DUE, True)]


# To whom


def test_one_mail_for_all_cases_due_first(house, november, tmp_path):
    quiet = house.case(by="yannick", state=State.COACHING)
    told = house.case(by="yannick", state=State.COACHING)
    missing = house.case(by="yannick", state=State.COACHING)
    owe(house)
    published(house, told, "amelie", "Le stage est trouvé.")
    with acting(house, "hugo") as session:
        actions.say_nothing_new(session, quiet.id, NOVEMBER)
    handed(house)
    with december():
        mail = the_mail(house, tmp_path)
    assert mail.subject == "CII\u00a0: mises à jour, novembre 2026"
    places = [mail.text.index(each.reference) for each in (missing, told)]
    assert places == sorted(places)
    assert mail.text.index(missing.reference) < mail.text.index(quiet.reference)
    assert "La mise à jour manque\u00a0: novembre 2026." in mail.text
    assert "Amélie Favre (ORP Sion)" in mail.text
    assert "Rien de nouveau\u00a0: novembre 2026." in mail.text
    assert f"/cases/{told.id}/update/2026-11" in mail.text
    assert set(mail.cases) == {quiet.id, told.id, missing.id}
    assert not mail.carries_content


def test_the_deputy_gets_it_in_the_place_of_whoever_is_absent(house, november, tmp_path):
    case = house.case(by="amelie", state=State.COACHING, tandem=("nicolas", "hugo"))
    published(house, case, "hugo", "Le stage est trouvé.")
    house.deputy("amelie", "nicolas", starts=0, ends=20)
    handed(house)
    (message,) = messages(house)
    assert message.membership_id == house.membership("nicolas")
    with december():
        assert case.reference in the_mail(house, tmp_path).text


def test_an_institution_may_leave_it_with_the_absent_one(house, november):
    house.case(by="amelie", state=State.COACHING)
    settings_for(house, "orp_sion", deputy_receives=False)
    house.deputy("amelie", "nicolas", starts=0, ends=20)
    handed(house)
    (message,) = messages(house)
    assert message.membership_id == house.membership("amelie")


def leave(house, who):
    with house.store.system(Reason.SET_UP) as system:
        seat = system.get(Membership, house.membership(who))
        seat.active = False
        system.add(seat)


def test_for_somebody_who_left_the_head_gets_it(house, november, tmp_path):
    case = house.case(by="amelie", state=State.COACHING, tandem=("nicolas", "hugo"))
    leave(house, "amelie")
    handed(house)
    (message,) = messages(house)
    assert message.membership_id == house.membership("patrick")
    with december():
        assert case.reference in the_mail(house, tmp_path).text


def test_a_reader_in_two_institutions_gets_one_mail_each_part_in_its_own_mode(
    house, november, tmp_path
):
    """Yannick also works for the CMS Sion, which lets mails say everything; Sierre does not."""
    seat = Membership(
        person_id=house.person["yannick"],
        institution_id=house.institution["cms_sion"],
        seat=house.actor("hugo").seat,
    )
    house.add(seat)
    house.seats["yannick", "cms_sion"] = seat.id
    sierre = house.case(by="yannick", state=State.COACHING, last_name="Sierroise")
    sion = house.case(by="hugo", state=State.COACHING, last_name="Sédunoise")
    hand_to(house, sion, seat)
    settings_for(house, "cms_sion", mode=DigestMode.FULL)
    published(house, sierre, "amelie", "Texte de Sierre.")
    published(house, sion, "amelie", "Texte de Sion.")
    assert handed(house).mails == 1
    with december():
        mail = the_mail(house, tmp_path, **PROTECTED)
    said = everything_in(mail)
    assert "Texte de Sion." in said
    assert "Sédunoise" in said
    assert "Texte de Sierre." not in said
    assert "Sierroise" not in said
    assert sierre.reference in said
    assert mail.carries_content


def hand_to(house, case, seat):
    """The announcing professional of a case is another one."""
    from cii.cases.models import Case
    from cii.consent.models import CasePart

    with house.store.system(Reason.SET_UP) as system:
        row = system.get(Case, case.id)
        row.announcing_membership_id = seat.id
        system.add(row)
    (part,) = house.all(CasePart, CasePart.case_id == case.id, CasePart.part == PartKind.ANNOUNCING)
    part.membership_id = seat.id
    house.add(part)
    house.derive(case)


def test_a_reader_without_an_address_finds_it_in_the_product(house, november):
    case = house.case(by="yannick", state=State.COACHING)
    with house.store.system(Reason.SET_UP) as system:
        person = system.get(Person, house.person["yannick"])
        person.email = ""
        system.add(person)
    published(house, case, "amelie", "Le stage est trouvé.")
    handed(house)
    (message,) = messages(house)
    with house.store.system(Reason.DELIVER, writes=False) as system:
        assert reader_at(system, message.membership_id, today(), now()) is None
    assert update_in(house, case).sent_at is not None


def test_who_paused_it_reads_in_the_product(house, november):
    case = house.case(by="yannick", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    house.add(DigestPause(person_id=house.person["yannick"]))
    assert handed(house).paused == 1
    assert messages(house) == []
    assert update_in(house, case).sent_at is not None


# What it says


def test_a_german_reader_gets_it_in_german(house, november, tmp_path):
    case = house.case(by="ursula", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    handed(house)
    with december():
        mail = the_mail(house, tmp_path)
    assert mail.subject == "CII: Aktualisierungen, November 2026"
    assert "Neue Aktualisierung: November 2026." in mail.text


def test_an_addendum_and_a_late_update_go_with_the_next_one(house, november, tmp_path):
    case = house.case(by="yannick", state=State.COACHING)
    late = house.case(by="yannick", state=State.COACHING)
    owe(house)
    published(house, case, "amelie", "Le stage est trouvé.")
    handed(house)
    with living_at(datetime(2026, 12, 10, 9, tzinfo=VALAIS)):
        with acting(house, "amelie") as session:
            given = AddendumInput(text="Il commence lundi.")
            actions.add_addendum(session, case.id, NOVEMBER, given)
        published(house, late, "hugo", "Enfin.", month=NOVEMBER)
    january = datetime(2027, 1, 4, 7, 1, tzinfo=VALAIS)
    with living_at(january):
        handed_over(house, january)
        second = max(messages(house), key=lambda each: each.due_at)
        mail = composed(house, second, tmp_path)
    assert "Complément à la mise à jour\u00a0: novembre 2026." in mail.text
    assert "Nouvelle mise à jour\u00a0: novembre 2026." in mail.text


def test_appointments_come_as_one_calendar_file_without_a_name(house, november, tmp_path):
    house.case(by="bastien", state=State.COACHING)
    case = house.case(by="yannick", state=State.COACHING)
    house.appointment(case, "hugo", place="CMS Sion", about="Bilan", in_days=20)
    house.appointment(case, "hugo", place="Chez Lucie Morard", about="Visite", in_days=25)
    settings_for(house, "cms_sierre", mode=DigestMode.FULL)
    handed(house)
    message = next(e for e in messages(house) if e.membership_id == house.membership("yannick"))
    with december():
        link, full = (composed(house, message, tmp_path, **more) for more in ({}, PROTECTED))
    (file,) = link.attachments
    assert file.content.count(b"BEGIN:VEVENT") == 2
    assert b"CMS Sion" not in file.content
    assert "Bilan" not in everything_in(link)
    (file,) = full.attachments
    assert b"LOCATION:CMS Sion" in file.content
    assert b"Morard" not in file.content
    assert "CMS Sion, Bilan" in full.text


# Consent at the moment of sending


def test_full_content_goes_only_over_a_protected_route_or_encrypted(house, november, tmp_path):
    case = house.case(by="yannick", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    settings_for(house, "cms_sierre", mode=DigestMode.FULL)
    handed(house)
    with december():
        plain = the_mail(house, tmp_path)
        protected = the_mail(house, tmp_path, **PROTECTED)
        sealed = the_mail(house, tmp_path, certificate=True)
    assert "Le stage est trouvé." not in everything_in(plain)
    assert "Morard" not in everything_in(plain)
    assert not plain.carries_content
    for mail in (protected, sealed):
        assert mail.carries_content
        for part in (mail.text, mail.html):
            assert "Le stage est trouvé." in part
            assert "Lucie Morard" in part


def test_a_revocation_between_queuing_and_sending_stops_it(house, november, tmp_path):
    case = house.case(by="yannick", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    handed(house)
    house.revoke(case)
    with december():
        assert the_mail(house, tmp_path) == Nothing("nothing-left")


def test_a_revocation_takes_its_case_out_and_leaves_the_others(house, november, tmp_path):
    gone = house.case(by="hugo", state=State.COACHING, last_name="Parti")
    stays = house.case(by="hugo", state=State.COACHING, last_name="Reste")
    settings_for(house, "cms_sion", mode=DigestMode.FULL)
    for case in (gone, stays):
        # Hugo's own institution wrote it: he keeps it in the product, the mail does not.
        published(house, case, "hugo", f"Texte de {case.last_name}.")
    handed(house)
    house.revoke(gone)
    with december():
        mail = the_mail(house, tmp_path, **PROTECTED)
    assert gone.reference not in everything_in(mail)
    assert "Parti" not in everything_in(mail)
    assert "Texte de Reste." in mail.text
    assert mail.cases == (stays.id,)


_WITHOUT = [Topic(0), *OPENABLE]


def _papers(struck_out):
    return {
        Kind.CMS: NEEDS[Kind.CMS] & ~struck_out,
        Kind.ORP: NEEDS[Kind.ORP],
        Kind.BUREAU: NEEDS[Kind.BUREAU],
    }


@pytest.mark.parametrize("struck_out", [*_WITHOUT, Topic.HEALTH | Topic.MEASURES])
@pytest.mark.parametrize("mode", DigestMode)
def test_no_byte_of_a_mail_carries_a_word_of_a_hidden_topic(
    house, november, tmp_path, struck_out, mode
):
    """One canary for each topic, in paragraphs, addenda, appointments and names; all modes, all topics struck out in turn."""
    case = house.case(
        by="yannick",
        state=State.COACHING,
        last_name="Zqidentity",
        consent=Consent(topics=_papers(struck_out)),
    )
    settings_for(house, "cms_sierre", mode=mode)
    plant(house, case)
    handed(house)
    ways = ({}, PROTECTED, {"certificate": True})
    with december():
        outcomes = [the_mail(house, tmp_path, **options) for options in ways]
    hidden = {each.name.lower() for each in OPENABLE if each & struck_out}
    for mail in outcomes:
        if "coaching" in hidden:
            assert mail == Nothing("nothing-left")
            continue
        assert isinstance(mail, Composed)
        met = set(re.findall(r"zq(\w+)", everything_in(mail).lower()))
        if not mail.carries_content:
            assert met == set()
            continue
        assert met == {each.name.lower() for each in OPENABLE} - hidden


@pytest.mark.parametrize(
    "consent", [None, Consent(starts=40), Consent(ends=-1), Consent(revoked=True)]
)
@pytest.mark.parametrize("mode", DigestMode)
def test_without_a_procuration_in_force_nothing_leaves(house, november, tmp_path, consent, mode):
    case = house.case(by="yannick", state=State.COACHING, consent=consent)
    settings_for(house, "cms_sierre", mode=mode)
    plant(house, case)
    handed(house)
    with december():
        assert the_mail(house, tmp_path, **PROTECTED) == Nothing("nothing-left")


def plant(house, case):
    """An update, an addendum to it and an appointment under each topic, each with its word."""
    by = house.actor("amelie")
    update = Update(
        case_id=case.id,
        month=NOVEMBER,
        due_on=date(2026, 11, 30),
        state=UpdateState.PUBLISHED,
        institution_id=by.institution,
        author_id=by.person,
        published_at=now(),
    )
    house.add(update)
    for position, topic in enumerate(OPENABLE):
        word = f"zq{topic.name.lower()}"
        if topic is Topic.IDENTITY:
            continue
        own = {
            "update_id": update.id,
            "case_id": case.id,
            "institution_id": by.institution,
            "person_id": by.person,
            "topic": Topic.COACHING | Topic.NOTES | topic,
        }
        for part in UpdatePart:
            house.add(UpdateElement(part=part, position=position, text=word, **own))
        house.add(actions.Addendum(text=word, **own))
        house.appointment(case, "amelie", topic=topic, about=word, place=word, in_days=20)
