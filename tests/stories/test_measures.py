"""Measures: proposed by the tandem, routed by law, decided by the right authority, told to all who wait.

Lucie Morard receives social assistance in Sion; Hugo (CMS) announced her and coaches her with Amélie (ORP).
Sophie works at the SAS, Cécile for the communes of Sion and Savièse, Laurent at the LMMT.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import CaseSocial
from cii.foundation.clock import today
from cii.measures.lifecycle import Stage
from cii.measures.models import Leaning, Measure
from cii.programmes.routing import Decider
from cii.signin.models import SignedInSession
from tests.house import CaseFile, House
from tests.pages import Page, PageClient

pytestmark = pytest.mark.usefixtures("app")

COURSE = "Français intensif B1"
GOAL = "Atteindre le niveau B1 oral pour postuler dans la logistique."


def day(days: int) -> str:
    """A day from today, as one writes it."""
    return f"{today() + timedelta(days=days):%d.%m.%Y}"


def proposal(**changes: Any) -> dict[str, Any]:
    """What the tandem types: a language course under social assistance."""
    return {
        "code": "language-course",
        "regimes": ["LIAS"],
        "title": COURSE,
        "organiser": "École-club, Sion",
        "provider": "cms",
        "goal": GOAL,
        "starts_on": day(40),
        "ends_on": day(120),
        "asked": "1’480.–",
        **changes,
    }


class Story:
    """One case, and who does what with its measures."""

    def __init__(self, house: House, case: CaseFile) -> None:
        self.house = house
        self.case = case

    def who(self, key: str, institution: str | None = None) -> PageClient:
        """Somebody's browser."""
        return self.house.client(key, institution)

    @property
    def measure(self) -> Measure:
        """The last measure of the case, as it stands."""
        rows = self.house.all(Measure, Measure.case_id == self.case.id)
        found: Measure = max(rows, key=lambda row: row.proposed_at)
        return found

    def stage(self) -> Stage:
        """Where the measure stands."""
        return self.measure.stage

    @property
    def path(self) -> str:
        """The address of the measure."""
        return f"/measures/{self.measure.id}"

    def propose(self, key: str, **changes: Any) -> Page:
        """Somebody of the tandem proposes a measure."""
        client = self.who(key)
        client.get(f"/cases/{self.case.id}/measures")
        client.click("Proposer une mesure")
        return client.submit("proposal", proposal(**changes), press="Enregistrer la proposition")

    def act(self, key: str, what: str, fields: dict[str, Any] | None = None, **more: Any) -> Page:
        """Somebody opens the measure and sends one of its forms."""
        client = self.who(key, more.pop("institution", None))
        client.get(self.path)
        return client.submit(f"{self.path}/{what}", fields, **more)


@pytest.fixture
def story(house: House) -> Story:
    """Lucie's case, in coaching; announced by Hugo at the CMS."""
    return Story(house, house.case(state=State.COACHING))


# The LIAS chain


def test_the_chain_of_social_assistance_with_questions_back(story: Story) -> None:
    """VS-33, VS-34, VS-22, VS-23: prepared, transmitted, opinion, approved; each asks before where something is missing."""
    page = story.propose("hugo")
    assert story.stage() is Stage.DRAFT
    assert "C’est à vous" in page.main
    assert story.measure.asked == 1480

    story.act("hugo", "prepare", {"transmit": []})
    assert story.stage() is Stage.TO_TRANSMIT
    page = story.act("hugo", "transmit")
    assert story.stage() is Stage.AT_SAS
    assert "Service de l’action sociale" in page.main

    story.act(
        "sophie", "opinion", {"leaning": "returned", "text": "Combien d’heures par semaine ?"}
    )
    assert story.stage() is Stage.DRAFT
    page = story.who("hugo").get(story.path)
    assert "Combien d’heures par semaine ?" in page.main
    page = story.act("hugo", "prepare", {"text": "Quinze heures."})
    assert story.stage() is Stage.AT_SAS

    story.act("sophie", "opinion", {"leaning": "favourable", "text": "Mesure proportionnée."})
    assert story.stage() is Stage.AT_COMMUNE

    page = story.who("cecile", "sion").get(story.path)
    for words in (COURSE, "CHF 1’480.00", "Lucie Morard", "favorable", "Mesure proportionnée."):
        assert words in page.main
    assert "La commune a l'obligation légale de payer" in page.main.replace("’", "'")
    page = story.act(
        "cecile",
        "decide",
        {"outcome": "returned", "to": "at-sas", "reason": "Le cours du soir a-t-il été examiné ?"},
        institution="sion",
    )
    assert story.stage() is Stage.AT_SAS
    assert "cours du soir" in story.who("sophie").get(story.path).main
    story.act("sophie", "opinion", {"leaning": "favourable", "text": "Oui : dix-huit mois."})

    page = story.act("cecile", "decide", {"outcome": "granted"}, institution="sion")
    assert story.stage() is Stage.GRANTED
    assert "La décision est signée." in page.main
    assert "CHF 1’480.00" in page.main
    assert page.links["Télécharger la décision (PDF)"] == f"{story.path}/decision.pdf"
    for key in ("hugo", "amelie", "sophie"):
        page = story.who(key).get(story.path)
        assert "accordée" in page.main
        assert "Cécile Rossier" in page.main


def test_announced_by_an_orp_the_following_social_worker_transmits(house: House) -> None:
    """VS-34: for a case that an ORP announced, the CMS follow-up named in the announcement is in charge."""
    story = Story(house, house.case(by="amelie", state=State.COACHING))
    story.propose("hugo")
    worker = house.seat_key(story.measure.social_worker_id)[0]
    story.act("hugo", "prepare", {"transmit": []} if worker == "hugo" else {})
    assert story.stage() is Stage.TO_TRANSMIT
    story.act(worker, "transmit")
    assert story.stage() is Stage.AT_SAS


def test_the_commune_grants_less_than_was_asked(story: Story, house: House) -> None:
    measure = house.a_measure_at(Stage.AT_COMMUNE, case=story.case, asked="1480.00")
    page = story.act(
        "cecile", "decide", {"outcome": "less", "amount": "2000"}, institution="sion", status=422
    )
    assert "ne dépasse pas le montant demandé" in page.errors["amount"]
    assert page.form("decide").value("amount") == "2000"
    client = story.who("cecile", "sion")
    page = client.submit("decide", {"outcome": "less", "amount": "1’200"})
    assert house.all(Measure, Measure.id == measure.id)[0].decided == 1200
    assert "CHF 1’200.00" in page.main
    assert "demandé : CHF 1’480.00" in page.main


def test_against_an_unfavourable_opinion_only_with_a_reason(story: Story, house: House) -> None:
    """A-07: the page says so before; the SAS is told."""
    house.a_measure_at(
        Stage.AT_COMMUNE,
        case=story.case,
        leaning=Leaning.UNFAVOURABLE,
        opinion="Un cours gratuit existe.",
    )
    page = story.who("cecile", "sion").get(story.path)
    assert "pour approuver, il faut écrire pourquoi" in page.main
    page = story.act("cecile", "decide", {"outcome": "granted"}, institution="sion", status=422)
    assert "défavorable" in page.errors["reason"]
    story.act(
        "cecile",
        "decide",
        {"outcome": "granted", "reason": "Le cours gratuit commence trop tard."},
        institution="sion",
    )
    assert story.stage() is Stage.GRANTED
    assert story.case.reference in story.who("sophie").get("/").main


def test_a_refusal_says_why(story: Story, house: House) -> None:
    house.a_measure_at(Stage.AT_COMMUNE, case=story.case)
    page = story.act("cecile", "decide", {"outcome": "refused"}, institution="sion", status=422)
    assert page.errors == {"reason": "Erreur : Écrivez pourquoi."}
    story.act(
        "cecile",
        "decide",
        {"outcome": "refused", "reason": "Le budget de l’année est épuisé."},
        institution="sion",
    )
    assert story.stage() is Stage.REFUSED
    assert "Le budget de l’année est épuisé." in story.who("amelie").get(story.path).main


def test_nothing_is_decided_by_signing_nothing(story: Story, house: House) -> None:
    house.a_measure_at(Stage.AT_COMMUNE, case=story.case)
    page = story.act("cecile", "decide", institution="sion", status=422)
    assert page.errors == {"outcome": "Erreur : Choisissez la décision."}
    assert story.stage() is Stage.AT_COMMUNE


# Two at once


def test_whoever_was_quicker_is_named(story: Story, house: House) -> None:
    """Cécile signs in two browsers, as two people at the counter would: one decision, and a kind word."""
    house.a_measure_at(Stage.AT_COMMUNE, case=story.case)
    first, second = house.new_client("cecile", "sion"), house.new_client("cecile", "sion")
    for client in (first, second):
        client.get(story.path)
    first.submit("decide", {"outcome": "granted"})
    page = second.submit("decide", {"outcome": "refused", "reason": "Trop cher."}, status=409)
    assert "Vous avez déjà signé cette décision" in page.main
    assert story.stage() is Stage.GRANTED


def test_two_of_the_tandem_change_a_proposal_at_once(story: Story, house: House) -> None:
    story.propose("hugo")
    hugo, amelie = story.who("hugo"), story.who("amelie")
    for client in (hugo, amelie):
        client.get(f"{story.path}/change")
    hugo.submit("proposal", {"asked": "1500"}, press="Enregistrer")
    page = amelie.submit("proposal", {"title": "Français B1+"}, press="Enregistrer", status=409)
    assert "modifiée entre-temps" in page.main
    assert "CHF 1’500.00" in page.main
    assert page.form("proposal").value("title") == "Français B1+"
    amelie.submit("proposal", press="Enregistrer")
    assert story.measure.title == "Français B1+"


# LACI and LEMC


def test_the_tandem_decides_what_is_delegated_to_the_orp(house: House) -> None:
    """VS-19: a course under the unemployment insurance."""
    story = Story(house, house.case(by="amelie", state=State.COACHING))
    page = story.propose("amelie", code="course", regimes=["LACI"], provider="orp")
    assert "l’assurance-chômage" in page.main
    story.act("amelie", "decide", {"outcome": "granted"})
    assert story.stage() is Stage.GRANTED
    assert story.measure.decided == 1480
    page = story.who("hugo").get(story.path)
    assert "Amélie Favre" in page.main


@pytest.mark.parametrize(
    ("code", "regime", "ticked"),
    [
        ("afo", "LACI", ()),
        ("course", "LACI", ("article_59d",)),
        ("course", "LACI", ("outside_canton",)),
        ("qualification-programme", "LEMC", ()),
    ],
)
def test_the_lmmt_decides_what_is_not_delegated(
    house: House, code: str, regime: str, ticked: tuple[str, ...]
) -> None:
    """VS-20, VS-21: submitted by the tandem, decided by the LMMT."""
    story = Story(house, house.case(by="amelie", state=State.COACHING))
    story.propose("amelie", code=code, regimes=[regime], **{key: ["yes"] for key in ticked})
    assert story.measure.decider is Decider.LMMT
    story.act("amelie", "submit")
    assert story.stage() is Stage.AT_LMMT
    page = story.who("laurent").get("/")
    assert COURSE in page.main
    story.act("laurent", "decide", {"outcome": "returned", "reason": "Quel est l’horaire ?"})
    assert story.stage() is Stage.DRAFT
    story.act("amelie", "submit", {"text": "Tous les matins."})
    story.act("laurent", "decide", {"outcome": "granted"})
    assert story.stage() is Stage.GRANTED


# The way while one types


def test_the_way_is_shown_before_anything_is_sent(story: Story) -> None:
    """VS-18: candidates, who decides and pays, and for what is impossible the reason and what would change it."""
    hugo = story.who("hugo")
    hugo.get(f"/cases/{story.case.id}/measures/new")
    page = hugo.submit(
        "proposal", {"code": "language-course", "regimes": ["LIAS"]}, press="Voir la voie"
    )
    assert "la commune de domicile" in page.main
    assert "donne son préavis" in page.main
    assert "La personne ne remplit pas aujourd’hui les conditions d’octroi de la LACI" in page.main
    assert page.form("proposal").value("code") == "language-course"
    page = hugo.submit("proposal", {"code": "afo", "regimes": ["LIAS"]}, press="Voir la voie")
    assert "ne figure dans l’offre légale d’aucun régime" in page.main
    page = hugo.submit(
        "proposal", proposal(code="afo"), press="Enregistrer la proposition", status=422
    )
    assert "ne figure dans l’offre légale" in page.errors["code"]
    assert page.form("proposal").value("goal").strip() == GOAL


def test_social_assistance_comes_last_and_another_choice_needs_a_reason(story: Story) -> None:
    """Subsidiarity."""
    hugo = story.who("hugo")
    hugo.get(f"/cases/{story.case.id}/measures/new")
    both = proposal(regimes=["LACI", "LIAS"])
    page = hugo.submit("proposal", both, press="Voir la voie")
    assert "Plusieurs lois offrent cette mesure" in page.main
    page = hugo.submit("proposal", {"choice": "LIAS"}, press="Voir la voie")
    assert "Pourquoi cette loi plutôt que la première ?" in page.main
    page = hugo.submit("proposal", press="Enregistrer la proposition", status=422)
    assert "Écrivez pourquoi vous choisissez la LIAS" in page.errors["choice_reason"]
    hugo.submit(
        "proposal",
        {"choice_reason": "Le délai-cadre se termine avant le cours."},
        press="Enregistrer la proposition",
    )
    assert story.measure.decider is Decider.COMMUNE


def test_the_way_is_swapped_alone_while_typing(story: Story) -> None:
    hugo = story.who("hugo")
    token = hugo.get(f"/cases/{story.case.id}/measures/new").form("proposal").value("form_token")
    answer = hugo.client.post(
        f"/cases/{story.case.id}/measures/way",
        data={"form_token": token, "code": "language-course", "regimes": "LIAS"},
        headers={"HX-Request": "true", "HX-Target": "way"},
    )
    assert answer.status_code == 200
    words = answer.get_data(as_text=True)
    assert words.strip().startswith("<section")
    assert "donne son préavis" in words


# Withdrawal, abandonment, revocation


def test_a_decision_is_withdrawn_with_a_reason_until_the_measure_starts(
    story: Story, house: House
) -> None:
    house.a_measure_at(Stage.GRANTED, case=story.case)
    page = story.act("cecile", "withdraw", institution="sion", status=422)
    assert page.errors == {"because": "Erreur : Écrivez pourquoi."}
    page = story.act("cecile", "withdraw", {"because": "Mauvais montant."}, institution="sion")
    assert story.stage() is Stage.AT_COMMUNE
    assert page.title == "Mesure à décider"
    assert "Mauvais montant." in story.who("hugo").get(story.path).main
    page = story.who("sophie").get("/")
    assert "retirée" in page.main


def test_the_tandem_gives_a_proposal_up(story: Story, house: House) -> None:
    house.a_measure_at(Stage.AT_COMMUNE, case=story.case)
    story.act("amelie", "abandon", {"because": "Elle a trouvé un emploi."})
    assert story.stage() is Stage.ABANDONED
    assert COURSE not in story.who("cecile", "sion").get("/measures").main


def test_a_revocation_stops_a_waiting_measure_at_once(story: Story, house: House) -> None:
    """VS-40: the commune's list loses it, its address answers as if nothing were there."""
    house.a_measure_at(Stage.AT_COMMUNE, case=story.case, title=COURSE)
    cecile = story.who("cecile", "sion")
    assert COURSE in cecile.get("/measures").main
    cecile.get(story.path)
    hugo = story.who("hugo")
    hugo.get(f"/cases/{story.case.id}/procuration/revoke")
    hugo.submit(f"/cases/{story.case.id}/procuration/revoke", {"channel": "phone"})
    assert COURSE not in house.new_client("cecile", "sion").get("/measures").html
    nowhere = cecile.get("/measures/00000000-0000-0000-0000-000000000000", status=404)
    assert cecile.get(story.path, status=404).main == nowhere.main
    cecile.post(f"{story.path}/decide", {"version": "1", "outcome": "granted"}, status=404)
    cecile.get(f"{story.path}/decision.pdf", status=404)
    assert story.stage() is Stage.AT_COMMUNE


# Inboxes


def test_a_clerk_of_two_communes_works_through_one_list(house: House) -> None:
    """Opening a line acts for its commune; the acting institution stands at the top of the page."""
    in_sion = house.case(state=State.COACHING)
    in_saviese = house.case(
        state=State.COACHING, commune=6265, first_name="Luan", last_name="Métry"
    )
    house.a_measure_at(Stage.AT_COMMUNE, case=in_sion, title="Cours à Sion", starts_in=30)
    house.a_measure_at(Stage.AT_COMMUNE, case=in_saviese, title="Stage à Savièse", starts_in=5)
    cecile = house.client("cecile", "sion")
    page = cecile.get("/")
    assert page.path == "/measures"
    assert page.title == "À décider (2)"
    assert page.main.index("Stage à Savièse") < page.main.index("Cours à Sion")
    assert "commence dans 5 jours" in page.main
    page = cecile.submit("/account/act-for", press="Stage à Savièse")
    assert page.title == "Mesure à décider"
    assert "Commune de Savièse" in page.text
    page = cecile.submit("decide", {"outcome": "granted"})
    assert "Encore 1 mesure à traiter" in page.links
    assert [row.stage for row in house.all(Measure, Measure.case_id == in_saviese.id)] == [
        Stage.GRANTED
    ]
    # What is left waits for the other commune, and says so before it is opened.
    page = cecile.click("Encore 1 mesure à traiter")
    assert page.title == "À décider (1)"
    assert "Commune de Sion" in page.main
    page = cecile.get("/measures/decided")
    assert "Stage à Savièse" in page.main
    assert "Cours à Sion" not in page.main


def test_one_list_for_several_communes_is_a_reading_for_each_of_them(house: House) -> None:
    cases = {
        home: house.case(state=State.COACHING, commune=number)
        for home, number in (("sion", 6266), ("saviese", 6265))
    }
    for case in cases.values():
        house.a_measure_at(Stage.AT_COMMUNE, case=case)
    house.client("cecile", "sion").get("/measures")
    assert {
        (line.institution_id, *line.details["cases"])
        for line in house.all(AuditEvent, AuditEvent.act == Act.LIST_READ)
    } == {(house.institution[home], case.id.hex) for home, case in cases.items()}


def test_who_came_through_one_communes_provider_is_told_nothing_of_the_others(
    house: House,
) -> None:
    """Its session acts for that commune alone: the other's inbox is not even counted."""
    house.a_measure_at(
        Stage.AT_COMMUNE, case=house.case(state=State.COACHING, commune=6265), title="Stage"
    )
    measure = house.a_measure_at(Stage.AT_COMMUNE)
    cecile = house.client("cecile", "sion")
    with house.store.system(Reason.SIGN_IN) as session:
        for row in session.exec(
            select(SignedInSession).where(SignedInSession.person_id == house.person["cecile"])
        ):
            row.vouched_by = house.institution["sion"]
            session.add(row)
    assert "Stage" not in cecile.get("/measures").main
    cecile.get(f"/measures/{measure.id}")
    page = cecile.submit("decide", {"outcome": "granted"})
    assert "Encore" not in page.main


def test_the_clerk_of_one_commune_never_sees_another_ones(house: House) -> None:
    measure = house.a_measure_at(Stage.AT_COMMUNE, title="Cours à Sion")
    jerome = house.client("jerome")
    assert "Cours à Sion" not in jerome.get("/measures").html
    jerome.get(f"/measures/{measure.id}", status=404)
    jerome.get("/measures/decided")


def test_a_commune_sees_neither_notes_nor_other_measures(story: Story, house: House) -> None:
    house.note(story.case, "amelie", "Un transporteur propose un stage.")
    house.a_measure_at(Stage.AT_COMMUNE, case=story.case, title=COURSE)
    house.a_measure_at(Stage.DRAFT, case=story.case, title="Encore une idée")
    measure = next(row for row in house.all(Measure) if row.title == COURSE)
    cecile = story.who("cecile", "sion")
    for path in (f"/measures/{measure.id}", f"/cases/{story.case.id}/measures", "/measures"):
        page = cecile.get(path)
        assert COURSE in page.main
        assert "transporteur" not in page.html
        assert "Encore une idée" not in page.html


def test_heads_see_what_waits_for_their_people(story: Story) -> None:
    story.propose("hugo")
    page = story.who("valerie").get("/measures")
    assert COURSE in page.main
    page = story.who("patrick").get("/measures/decided")
    assert COURSE in page.main


def test_an_empty_inbox_says_what_brings_something_into_it(house: House) -> None:
    for key in ("cecile", "sophie", "laurent", "amelie"):
        page = house.client(key).get("/measures")
        assert "Aucune mesure n’attend." in page.main
        assert "dès que c’est à vous d’agir" in page.main


def test_who_sees_what_names_everybody_whom_a_measure_brought_in(house: House) -> None:
    """VS-34: the CMS that only transmits sees identity, finances and measures, and the page says no more."""
    case = house.case(by="amelie", state=State.COACHING)
    with house.store.system(Reason.SET_UP) as session:
        social = session.get_one(CaseSocial, case.id)
        social.followed_by_cms, social.cms_membership_id = True, house.membership("yannick")
    measure = house.a_measure_at(Stage.AT_COMMUNE, case=case)
    page = house.client("hugo").get(f"/cases/{case.id}/consent")
    rows = {row.split(",")[0]: row for row in page.texts("tr")}
    for institution, topics in (
        ("Commune de Sion", 2),
        ("Service de l’action sociale", 3),
        ("CMS Sierre", 3),
    ):
        (row,) = [row for name, row in rows.items() if name.startswith(institution)]
        assert row.count("ouvert") == topics, row
    yannick = house.client("yannick")
    page = yannick.get(f"/measures/{measure.id}")
    assert "Français B1" in page.main
    assert "ORP Sion" in yannick.get(f"/cases/{case.id}/consent").main


# The document of a decision


def test_the_decision_is_a_document(story: Story, house: House) -> None:
    house.a_measure_at(
        Stage.GRANTED, case=story.case, title='#panic("x") $a$ <b>', goal="@ref #emph[Rien]"
    )
    for key, institution in (("cecile", "sion"), ("hugo", None), ("sophie", None)):
        page = story.who(key, institution).get(f"{story.path}/decision.pdf")
        assert page.body.startswith(b"%PDF-")
    assert "attachment" in page.headers["Content-Disposition"]
    assert "Morard" not in page.headers["Content-Disposition"]


def test_without_a_decision_there_is_no_document(story: Story, house: House) -> None:
    house.a_measure_at(Stage.AT_COMMUNE, case=story.case)
    story.who("cecile", "sion").get(f"{story.path}/decision.pdf", status=404)


# The catalogue


def test_the_administrator_enters_a_new_version_of_a_measure(house: House) -> None:
    """VS-07, VS-18: dated; what held stays as it was; what the product chose says so."""
    pia = house.client("pia")
    page = pia.get("/catalogue")
    assert "réglage du produit" in page.main
    page = pia.click("Cours de langue")
    assert "2023" in page.main
    pia.submit("entry", {"valid_from": day(30), "delegated": []})
    page = pia.get("/catalogue/language-course")
    assert day(30) in page.main
    assert "Pia Rudaz" in page.main
    page = pia.submit("entry", {"valid_from": day(-1)}, status=422)
    assert "passée" in page.errors["valid_from"]


def test_a_measure_that_is_new_to_the_catalogue_can_be_proposed_at_once(
    story: Story, house: House
) -> None:
    pia = house.client("pia")
    pia.get("/catalogue/new")
    pia.submit(
        "entry",
        {
            "code": "driving-licence",
            "valid_from": day(0),
            "name": "Permis de conduire",
            "name_de": "Führerausweis",
            "regimes": ["LIAS"],
        },
    )
    story.propose("hugo", code="driving-licence")
    assert story.measure.decider is Decider.COMMUNE


def test_nobody_else_keeps_the_catalogue(house: House) -> None:
    for key in ("hugo", "cecile", "claire", "odile"):
        house.client(key).get("/catalogue", status=404)


def test_the_decisions_of_one_commune_are_not_those_of_the_other(house: House) -> None:
    house.a_measure_at(Stage.GRANTED, title="Cours à Sion")
    page = house.client("cecile", "sion").get("/measures/decided")
    assert "Cours à Sion" in page.main
    page = house.client("cecile", "saviese").get("/measures/decided")
    assert "Cours à Sion" not in page.main
