"""Announcing, admitting, naming a tandem: the first half of a case's life, through the screens."""

from typing import Any

import pytest

from cii.access.actor import Kind
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import AnnouncementDraft, Case, CaseIdentity, CaseStep, Tandem
from cii.consent.topics import Topic
from tests.house import Consent, House

SCRIPT = "<script>alert(1)</script>"


def announced(house: House, **changes: Any) -> dict[str, Any]:
    """What Hugo types to announce Lucie Morard, who receives social assistance."""
    return {
        "last_name": "Morard",
        "first_name": "Lucie",
        "birth_date": "14.3.85",
        "avs_number": "756.1234.5678.97",
        "commune": "6266",
        "regimes": ["LIAS"],
        "followed_by_orp": "no",
        "ground": "risk-cumulation",
        "risk_factors": ["debts", "childcare"],
        "difficulties": ["limited-adapted-activity"],
        "insertion": "none",
        "employability_verified_on": "2.9.2026",
        "integration_indicated": "yes",
        "potential": "yes",
        "potential_reason": "Huit ans dans la logistique.",
        "intensive_coaching": "yes",
        "intensive_coaching_reason": "Le suivi ordinaire ne suffit plus.",
        **changes,
    }


def the_case(house: House) -> Case:
    """The only case there is."""
    (case,) = house.all(Case)
    return case


def test_a_social_worker_announces_a_person_and_hears_what_is_still_missing(
    app, house: House
) -> None:
    """VS-32: the social worker announces the situation; what is missing is said, nothing is refused."""
    hugo = house.client("hugo")
    hugo.get("/announcements/new")
    page = hugo.submit(fields=announced(house), press="Transmettre l’annonce")
    case = the_case(house)
    assert case.state is State.TO_COMPLETE
    assert case.reference in page.main
    assert "Une procuration signée et valable." in page.main
    assert Act.ANNOUNCED in {event.act for event in house.all(AuditEvent)}


def test_without_a_procuration_the_bureau_sees_a_reference_and_what_is_missing_and_no_name(
    app, house: House
) -> None:
    case = house.case(state=State.TO_COMPLETE, consent=None)
    claire = house.client("claire")
    page = claire.get(f"/cases/{case.id}/admission")
    assert case.reference in page.main
    assert "Une procuration signée et valable." in page.main
    for word in (case.last_name, case.first_name, case.avs_number, "dettes", "Rue de Lausanne"):
        assert word not in page.html
    assert case.reference in claire.get("/cases").main
    assert case.last_name not in claire.get("/cases").html


def test_what_was_typed_stays_when_something_is_wrong(app, house: House) -> None:
    hugo = house.client("hugo")
    hugo.get("/announcements/new")
    page = hugo.submit(
        fields=announced(
            house, birth_date="31.02.1985", avs_number="756.1234.5678.90", first_name=SCRIPT
        ),
        press="Transmettre l’annonce",
        status=422,
    )
    form = page.form(f"/cases/{page.path.split('/')[2]}/announcement")
    assert form.value("birth_date") == "31.02.1985"
    assert form.value("avs_number") == "756.1234.5678.90"
    assert form.value("first_name") == SCRIPT
    assert form.value("potential_reason") == "Huit ans dans la logistique."
    assert "La date 31.02.1985 n’existe pas." in page.errors["birth_date"]
    assert set(page.errors) >= {"birth_date", "avs_number", "first_name"}
    assert not house.all(Case)
    assert "Supprimer ce brouillon" not in page.main


def test_an_empty_announcement_says_beside_each_field_what_to_write(app, house: House) -> None:
    hugo = house.client("hugo")
    hugo.get("/announcements/new")
    page = hugo.submit(
        fields={"followed_by_cms": "no", "followed_by_orp": "no"}, press="announce", status=422
    )
    assert "Indiquez le nom." in page.errors["last_name"]
    assert "Choisissez la commune de domicile." in page.errors["commune"]
    assert "VS-09" in page.errors["followed_by_cms"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("owner", "x"),
        ("state", "admitted"),
        ("announcing_institution_id", "x"),
        ("first_name", "x" * 300),
        ("commune", "351"),
        ("commune", "Sion"),
        ("language", "it"),
        ("regimes", "AVS"),
        ("potential", "maybe"),
        ("orp_professional", "not-a-key"),
        ("risk_factors", "invented"),
        ("potential_reason", "a\x00b"),
        ("email", "nobody"),
        ("phone", "call me"),
    ],
)
def test_a_wrong_or_unknown_field_is_refused_and_nothing_is_written(
    app, house: House, field: str, value: str
) -> None:
    hugo = house.client("hugo")
    form = hugo.get("/announcements/new").forms[-1]
    fields = {**announced(house), "act": "announce", field: value}
    page = hugo.post(form.action, fields, status=422)
    assert "À corriger" in page.main
    assert not house.all(CaseIdentity)


def test_sending_the_same_announcement_twice_announces_once(app, house: House) -> None:
    hugo = house.client("hugo")
    action = hugo.get("/announcements/new").forms[-1].action
    fields = {**announced(house), "language": "fr", "followed_by_cms": "yes", "act": "announce"}
    hugo.post(action, fields)
    hugo.post(action, fields)
    assert len(house.all(Case)) == 1
    assert house.count(AuditEvent, AuditEvent.act == Act.ANNOUNCED) == 1


def test_a_draft_is_kept_as_it_was_typed_and_nobody_else_sees_it(app, house: House) -> None:
    hugo = house.client("hugo")
    action = hugo.get("/announcements/new").forms[-1].action
    hugo.post(action + "/draft", {"last_name": "Mora", "birth_date": "in summer"})
    (draft,) = house.all(AnnouncementDraft)
    assert draft.typed["birth_date"] == "in summer"
    page = hugo.get(action)
    assert page.form(action).value("last_name") == "Mora"
    assert page.form(action).value("birth_date") == "in summer"
    assert "Brouillons" in hugo.get("/").main
    for other in ("gaelle", "claire", "amelie", "cecile"):
        house.client(other).get(action, status=404)
    hugo.get(action)
    hugo.submit(f"/cases/{draft.case_id}/discard")
    assert not house.all(Case)


@pytest.mark.parametrize("state", [State.ANNOUNCED, State.COACHING, State.CLOSED])
def test_what_was_announced_is_no_draft_any_more(app, house: House, state: State) -> None:
    case = house.case(state=state)
    page = house.client("hugo").post(
        f"/cases/{case.id}/announcement", {"act": "save", "last_name": "Autre"}
    )
    assert "brouillon" not in page.main
    assert house.count(AnnouncementDraft) == 0


def test_another_offices_case_cannot_be_announced_over(app, house: House) -> None:
    """The key of somebody else's case in the address changes nothing and tells nothing."""
    case = house.case(state=State.DRAFT, by="yannick")
    hugo = house.client("hugo")
    fields = {**announced(house), "language": "fr", "act": "announce"}
    hugo.post(f"/cases/{case.id}/announcement", fields, status=404)
    hugo.post(f"/cases/{case.id}/announcement/draft", {"last_name": "X"}, status=404)
    assert the_case(house).state is State.DRAFT


def test_the_bureau_sees_every_answer_with_its_proof_and_its_sentence(app, house: House) -> None:
    case = house.case()
    page = house.client("claire").get(f"/cases/{case.id}/admission")
    assert "La personne est annoncée au bureau CII car elle présente un cumul" in page.main
    assert "Huit" not in page.main
    assert "Motivée, disponible, bien entourée." in page.main
    assert "intégration professionnelle indiquée" in page.main
    assert case.last_name in page.title


def test_the_bureau_admits_then_names_a_tandem_and_each_is_told(app, house: House) -> None:
    """VS-01: exactly one ORP adviser and one CMS social worker."""
    house.case(state=State.COACHING, last_name="Ancienne")
    case = house.case()
    house.add(*_difficulty(house, case))
    claire = house.client("claire")
    assert case.last_name in claire.get("/").main
    claire.get(f"/cases/{case.id}/admission")
    page = _press(claire, case, "admit")
    assert "Désigner le tandem" in page.main
    assert "1 dossier actif" in page.main
    fields = {"orp": str(house.membership("amelie")), "cms": str(house.membership("hugo"))}
    claire.submit(f"/cases/{case.id}/tandem", fields)
    assert house.count(Tandem, Tandem.case_id == case.id) == 1
    assert "Coachings à commencer" in house.client("amelie").get("/").main
    assert case.reference in house.client("hugo").get("/").main
    states = [step.state for step in house.all(CaseStep, CaseStep.case_id == case.id)]
    assert states[-2:] == [State.ADMITTED, State.TANDEM_ASSIGNED]


def _difficulty(house: House, case: Any) -> list[Any]:
    from cii.cases.models import CaseEmployment

    (employment,) = house.all(CaseEmployment, CaseEmployment.case_id == case.id)
    employment.limited_adapted_activity = True
    return [employment]


def _press(client: Any, case: Any, what: str, status: int = 200, **fields: str) -> Any:
    return client.post(f"/cases/{case.id}/admission", {"act": what, **fields}, status=status)


def test_a_tandem_is_one_adviser_and_one_social_worker_and_nobody_else(app, house: House) -> None:
    """VS-01: two advisers, a head, a clerk or a stranger's key are refused beside the field."""
    case = house.case(state=State.ADMITTED)
    claire = house.client("claire")
    amelie, hugo = str(house.membership("amelie")), str(house.membership("hugo"))
    for orp, cms in (
        (hugo, amelie),
        (amelie, amelie),
        (str(house.membership("patrick")), hugo),
        (str(house.membership("cecile")), hugo),
        (amelie, ""),
        ("x", hugo),
    ):
        claire.post(f"/cases/{case.id}/tandem", {"orp": orp, "cms": cms}, status=422)
    assert not house.all(Tandem)


def test_a_criterion_that_is_not_met_leaves_only_asking_and_refusing(app, house: House) -> None:
    """VS-11, A-01: integration is not indicated; there is no override."""
    from cii.cases.models import CaseEmployment

    case = house.case()
    (employment,) = house.all(CaseEmployment, CaseEmployment.case_id == case.id)
    employment.integration_indicated, employment.limited_adapted_activity = False, True
    house.add(employment)
    claire = house.client("claire")
    page = claire.get(f"/cases/{case.id}/admission")
    assert "Un critère n’est pas rempli." in page.main
    assert not page.find("button", value="admit")
    _press(claire, case, "admit", status=409)
    _press(claire, case, "refuse", status=422)
    _press(claire, case, "refuse", reason="Non indiquée.", next_steps="Stage social d’abord.")
    assert the_case(house).state is State.REFUSED
    page = house.client("hugo").get(f"/cases/{case.id}/announcement")
    assert "Non indiquée." in page.main
    assert "Stage social d’abord." in page.main


def test_the_bureau_asks_and_the_social_worker_completes(app, house: House) -> None:
    case = house.case()
    claire, hugo = house.client("claire"), house.client("hugo")
    _press(claire, case, "ask", question="Quel employeur ?")
    assert "À compléter" in hugo.get("/").main
    page = hugo.get(f"/cases/{case.id}/announcement")
    assert "Quel employeur ?" in page.main
    hugo.click("Compléter l’annonce")
    hugo.submit(
        f"/cases/{case.id}/announcement",
        {"difficulties": ["limited-adapted-activity"]},
        press="announce",
    )
    assert the_case(house).state is State.ANNOUNCED
    assert case.last_name in claire.get("/").main


def test_two_coordinators_at_once_decide_once(app, house: House) -> None:
    """The second is told that the case has changed; nothing is done twice."""
    case = house.case()
    house.add(*_difficulty(house, case))
    _press(house.client("claire"), case, "admit")
    page = _press(house.client("stefan"), case, "admit", status=409)
    assert "inzwischen" in page.main
    assert house.count(AuditEvent, AuditEvent.act == Act.ADMITTED) == 1


@pytest.mark.parametrize("consent", [None, Consent(revoked=True), Consent(starts=-60, ends=-1)])
def test_nobody_is_admitted_without_a_valid_procuration(
    app, house: House, consent: Consent | None
) -> None:
    """VS-40: no exchange without it, and so no admission."""
    case = house.case(consent=consent)
    _press(house.client("claire"), case, "admit", status=409)
    assert the_case(house).state is State.ANNOUNCED


def test_a_narrow_procuration_hides_from_the_bureau_what_was_struck_out(app, house: House) -> None:
    narrow = Consent(
        topics={Kind.BUREAU: Topic.IDENTITY | Topic.EMPLOYMENT, Kind.CMS: Topic.IDENTITY}
    )
    case = house.case(consent=narrow)
    page = house.client("claire").get(f"/cases/{case.id}/admission")
    assert case.last_name in page.title
    assert "dettes" not in page.html


def test_the_avs_number_is_masked_and_shown_with_a_recorded_reason(app, house: House) -> None:
    case = house.case()
    hugo = house.client("hugo")
    page = hugo.get(f"/cases/{case.id}/announcement")
    assert case.avs_number not in page.html
    assert "756.••••.••••." in page.main
    hugo.get(f"/cases/{case.id}/avs")
    hugo.submit(fields={"reason": ""}, status=422)
    page = hugo.submit(fields={"reason": "inscription à la caisse"})
    assert case.avs_number in page.main.replace(".", "")
    (event,) = house.all(AuditEvent, AuditEvent.act == Act.AVS_REVEALED)
    assert event.ground == "inscription à la caisse"


def test_search_finds_ones_own_cases_by_name_reference_and_avs_number(app, house: House) -> None:
    case = house.case(state=State.COACHING)
    other = house.case(by="yannick", last_name="Morand", state=State.ANNOUNCED)
    hugo = house.client("hugo")
    for words in (
        "mora",
        "MORARD lu",
        case.reference.lower(),
        case.avs_number,
        "'; drop table cases",
    ):
        hugo.get("/cases")
        page = hugo.submit("/cases/search", {"q": words})
        assert (case.last_name in page.main.replace(words, "")) is ("drop" not in words)
        assert other.last_name not in page.main
    # An AVS number known elsewhere answers like an unknown one.
    hugo.get("/cases")
    elsewhere = hugo.submit("/cases/search", {"q": other.avs_number}).main.replace(
        other.avs_number, "…"
    )
    hugo.get("/cases")
    nowhere = hugo.submit("/cases/search", {"q": "7569999999991"}).main.replace(
        "7569999999991", "…"
    )
    assert elsewhere == nowhere


def test_the_list_goes_on_page_by_page_without_repeating_or_losing_a_case(
    app, house: House
) -> None:
    made = {
        house.case(last_name=f"Nom{chr(97 + n // 26)}{chr(97 + n % 26)}").reference
        for n in range(60)
    }
    claire = house.client("claire")
    page = claire.get("/cases")
    seen: list[str] = []
    while True:
        seen += [text for text in page.texts("td") if text.startswith("VS-")]
        if "Dossiers suivants" not in page.links:
            break
        page = claire.click("Dossiers suivants")
    assert len(seen) == len(set(seen)) == 60
    assert set(seen) == made


@pytest.mark.parametrize(
    "address",
    [
        "/cases?after=nonsense",
        "/cases?after=2026-01-01_x",
        "/cases?state=nix",
        "/cases?after=2026-01-01T00:00:00_00000000000000000000000000000000",
    ],
)
def test_an_address_that_makes_no_sense_shows_the_list(app, house: House, address: str) -> None:
    house.client("claire").get(address)
