"""Recording what the person signed: proposed in full, struck out by the person, kept with its scan."""

from datetime import timedelta

import pytest

from cii.access.actor import Kind
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import Case
from cii.consent.models import PartKind, Procuration, ProcurationLine, SignedForm
from cii.consent.topics import ALL, NEEDS, Topic
from cii.files.models import StoredFile
from cii.foundation.clock import today
from cii.foundation.days import format_day
from tests.files import specimens
from tests.house import Consent, House

SCAN = (specimens.pdf(), "Procuration Morard.pdf")


def in_days(count: int) -> str:
    return format_day(today() + timedelta(days=count))


def path_of(case) -> str:
    return f"/cases/{case.id}/procuration/new"


def record(house: House, case, who="hugo", *, status=200, struck_out=(), **fields):
    """Fill in the form as it is proposed, take away what was struck out, and send it."""
    client = house.client(who)
    form = client.get(path_of(case)).form()
    given = {
        "signed_on": in_days(0),
        "explained": "Lue ensemble, avec une interprète.",
        "file": SCAN,
        "opened": [each for each in form.options["opened"] if each not in struck_out],
        **fields,
    }
    return client.submit(None, given, status=status)


def state_of(house: House, case) -> State:
    return house.all(Case, Case.id == case.id)[0].state


@pytest.fixture
def case(house):
    """Hugo announced it; there is no procuration yet."""
    return house.case(consent=None, state=State.COACHING)


def test_the_form_proposes_all_that_each_kind_may_need(house, case):
    form = house.client("hugo").get(path_of(case)).form()
    assert form.fields["opened"] == form.options["opened"]
    assert len(form.options["opened"]) == sum(each.bit_count() for each in NEEDS.values()) == 30
    assert form.value("valid_until") != ""
    assert "retour à l’emploi" in form.value("purpose")


def test_what_is_recorded_is_what_was_left_open(house, case):
    record(house, case, struck_out=("orp.health", "commune.identity", "commune.measures"))
    (signed,) = house.all(Procuration)
    lines = {line.kind: line.topics for line in house.all(ProcurationLine)}
    assert lines == {**NEEDS, Kind.ORP: ALL & ~Topic.HEALTH, Kind.COMMUNE: Topic(0)}
    assert signed.recorded_for == house.institution["cms_sion"]
    assert signed.valid_from == signed.signed_on == today()
    assert house.count(AuditEvent, AuditEvent.act == Act.PROCURATION_RECORDED) == 1


def test_nothing_can_be_added_to_it_afterwards(house, case):
    """Every kind has its line, also one to which nothing was opened: there is no place for another."""
    record(house, case, struck_out=("sas.identity", "sas.measures", "sas.finances"))
    assert {line.kind for line in house.all(ProcurationLine)} == set(NEEDS)


def test_the_scan_belongs_to_the_identity(house, case):
    page = record(house, case, struck_out=("orp.identity",))
    (file,) = house.all(StoredFile)
    assert (file.topic, file.name) == (Topic.IDENTITY, "Procuration Morard.pdf")
    link = page.links[f"Procuration signée du {in_days(0)}, copie numérisée"]
    assert house.client("claire").client.get(link).status_code == 200
    assert house.client("amelie").client.get(link).status_code == 404


def test_the_tandem_records_as_well(house, case):
    record(house, case, "amelie")
    assert house.all(Procuration)[0].recorded_for == house.institution["orp_sion"]


@pytest.mark.parametrize(
    "who", ["claire", "cecile", "sophie", "laurent", "gaelle", "bastien", "pia"]
)
def test_nobody_else_records(house, who):
    case = house.case(
        state=State.COACHING,
        parts=(
            ("sion", PartKind.APPROVAL),
            ("sas", PartKind.OPINION),
            ("lmmt", PartKind.DECISION),
        ),
    )
    client = house.client(who)
    client.get(path_of(case), status=404)
    client.post(path_of(case), {"signed_on": in_days(0)}, status=404)


def test_sent_twice_it_is_recorded_once(house, case):
    hugo = house.client("hugo")
    form = hugo.get(path_of(case)).form()
    fields = {name: values for name, values in form.fields.items() if name != "form_token"}
    for _ in range(2):
        hugo.get(path_of(case))
        hugo.post(
            path_of(case),
            {
                **fields,
                "signed_on": in_days(0),
                "explained": "Lue ensemble.",
                "file": _upload(),
            },
        )
    assert house.count(Procuration) == house.count(StoredFile) == house.count(SignedForm) == 1


def _upload():
    import io

    return io.BytesIO(SCAN[0]), SCAN[1]


def test_the_key_of_another_case_is_hidden(house, case):
    record(house, case)
    other = house.case(consent=None, state=State.COACHING)
    hugo = house.client("hugo")
    form = hugo.get(path_of(other)).form()
    fields = {name: values for name, values in form.fields.items() if name != "form_token"}
    key = str(house.all(Procuration)[0].id)
    hugo.post(
        path_of(other),
        {**fields, "key": key, "signed_on": in_days(0), "explained": "Lue.", "file": _upload()},
        status=404,
    )
    assert house.count(Procuration) == 1


def test_a_suspended_case_continues_where_it_was(house):
    case = house.case(
        state=State.SUSPENDED, state_before=State.COACHING, consent=Consent(revoked=True)
    )
    page = record(house, case)
    assert "Le dossier continue" in page.main
    assert state_of(house, case) is State.COACHING


def test_one_that_begins_later_opens_nothing_yet_and_resumes_nothing(house):
    case = house.case(
        state=State.SUSPENDED, state_before=State.COACHING, consent=Consent(revoked=True)
    )
    page = record(house, case, valid_from=in_days(3))
    assert "Aucune procuration n’est en vigueur" in page.main
    assert "à venir" in page.main
    assert state_of(house, case) is State.SUSPENDED


def test_the_new_one_replaces_the_old_one(house):
    case = house.case(state=State.COACHING)
    page = record(house, case, valid_from=in_days(5))
    assert f"remplacée après le {in_days(4)}" in page.main
    page = record(house, case, struck_out=("orp.health",))
    assert page.main.count("en vigueur") == 1
    assert page.main.count("remplacée") >= 2


TOO_LONG = "x" * 2001


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"signed_on": ""}, {"signed_on"}),
        ({"signed_on": "le mois dernier"}, {"signed_on"}),
        ({"signed_on": "31.02.2026"}, {"signed_on"}),
        ({"signed_on": in_days(1)}, {"signed_on"}),
        ({"valid_until": ""}, {"valid_until"}),
        ({"valid_until": in_days(-1)}, {"valid_until"}),
        ({"signed_on": in_days(-30), "valid_until": in_days(-1)}, {"valid_until"}),
        ({"valid_from": in_days(-5)}, {"valid_from"}),
        ({"valid_from": in_days(9), "valid_until": in_days(8)}, {"valid_until"}),
        ({"purpose": ""}, {"purpose"}),
        ({"purpose": TOO_LONG[:1001]}, {"purpose"}),
        ({"explained": ""}, {"explained"}),
        ({"explained": TOO_LONG[:501]}, {"explained"}),
        ({"explained": "vertical\x0btab"}, {"explained"}),
        ({"opened": []}, {"opened"}),
        ({"signed_on": "", "explained": "", "purpose": ""}, {"signed_on", "explained", "purpose"}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(house, case, fields, beside):
    page = record(house, case, status=422, **fields)
    # The browser does not fill in a file again: that is said as well.
    assert set(page.errors) == beside | {"file"}
    form = page.form()
    for name, value in fields.items():
        if name != "opened" and "\x0b" not in value:
            assert form.value(name) == value
    assert house.count(Procuration) == house.count(StoredFile) == 0


@pytest.mark.parametrize(
    ("scan", "says"),
    [
        ((b"", "leer.pdf"), "vide"),
        ((b"MZ" + bytes(50), "virus.pdf"), "PDF, ou une image"),
        ((specimens.EICAR, "test.pdf"), "virus"),
        ((specimens.pdf() + b" " * 10 * 1024 * 1024, "gross.pdf"), "trop grand"),
    ],
)
def test_a_scan_that_cannot_be_kept_is_refused_and_nothing_is_recorded(house, case, scan, says):
    page = record(house, case, status=422, file=scan)
    assert says in page.errors["file"]
    page.response.request.environ["wsgi.input"].close()
    assert house.count(Procuration) == house.count(StoredFile) == 0


def test_the_scan_is_asked_for(house, case):
    hugo = house.client("hugo")
    hugo.get(path_of(case))
    page = hugo.submit(None, {"signed_on": in_days(0), "explained": "Lue."}, status=422)
    assert set(page.errors) == {"file"}


@pytest.mark.parametrize(
    "extra", [{"case_id": "x"}, {"recorded_for": "x"}, {"file_id": "x"}, {"opened": "oai.health"}]
)
def test_a_field_or_an_answer_that_the_form_does_not_have_is_refused(house, case, extra):
    hugo = house.client("hugo")
    form = hugo.get(path_of(case)).form()
    fields = {name: values for name, values in form.fields.items() if name != "form_token"}
    given = {**fields, "signed_on": in_days(0), "explained": "Lue.", "file": _upload(), **extra}
    hugo.post(path_of(case), given, status=422)
    assert house.count(Procuration) == 0


def test_a_script_in_a_text_is_shown_as_text(house, case):
    page = record(house, case, purpose="<script>alert(1)</script> {{ 7 * 7 }}")
    assert "<script>alert(1)</script> {{ 7 * 7 }}" in page.main


class TestRevoking:
    def test_the_page_says_beforehand_what_will_happen(self, house):
        case = house.case(state=State.COACHING)
        page = house.client("hugo").get(f"/cases/{case.id}/procuration/revoke")
        assert "ORP Sion : plus d’accès" in page.main.replace("\xa0", " ")
        assert "Bureau CII : plus d’accès" in page.main.replace("\xa0", " ")

    @pytest.mark.parametrize("who", ["hugo", "amelie", "claire", "patrick", "valerie"])
    def test_tandem_heads_and_bureau_record_it(self, house, who):
        case = house.case(state=State.COACHING)
        path = f"/cases/{case.id}/procuration/revoke"
        client = house.client(who)
        client.get(path)
        client.submit(path, {"channel": "letter"})
        assert state_of(house, case) is State.SUSPENDED

    @pytest.mark.parametrize("who", ["cecile", "sophie", "gaelle", "bastien", "odile", "pia"])
    def test_nobody_else_does(self, house, who):
        case = house.case(
            state=State.COACHING, parts=(("sion", PartKind.APPROVAL), ("sas", PartKind.OPINION))
        )
        path = f"/cases/{case.id}/procuration/revoke"
        house.client(who).get(path, status=404)
        house.client(who).post(path, {"channel": "letter"}, status=404)
        assert state_of(house, case) is State.COACHING

    @pytest.mark.parametrize(
        "fields", [{}, {"channel": "pigeon"}, {"channel": "oral", "reason": TOO_LONG[:501]}]
    )
    def test_how_it_was_said_is_asked_for(self, house, fields):
        case = house.case(state=State.COACHING)
        path = f"/cases/{case.id}/procuration/revoke"
        page = house.client("hugo").post(path, fields, status=422)
        assert page.errors
        assert state_of(house, case) is State.COACHING

    def test_a_draft_has_nothing_to_suspend(self, house):
        case = house.case(state=State.DRAFT)
        house.client("hugo").post(f"/cases/{case.id}/procuration/revoke", {"channel": "oral"})
        assert state_of(house, case) is State.DRAFT
