"""Deciding a measure in a real browser: the essentials at the top, two clicks, twelve tabs, also without scripts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlmodel import select

from cii.access.actor import Actor, Kind, Seat
from cii.access.guard import GuardedSession
from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseIdentity, Tandem
from cii.foundation.clock import today
from cii.foundation.ids import new_id
from cii.measures import actions
from cii.measures.inputs import OpinionInput, PreparationInput, ProposalInput
from cii.measures.lifecycle import Stage
from cii.measures.models import Leaning, Measure, Provider
from cii.organisations.models import Institution, Membership, Person
from cii.programmes.routing import Origin, Regime
from tests.browser.conftest import Canton
from tests.browser.test_every_page import look_at

pytestmark = pytest.mark.browser


class Town:
    """A person of the demo canton whom a CMS announced, and the clerk of the commune where that person lives."""

    def __init__(self, canton: Canton) -> None:
        self.canton = canton
        self.store = canton.app.extensions["store"]
        with self.store.system(Reason.SET_UP, writes=False) as session:
            rows = session.execute(
                sa.select(Case, Tandem, Membership, Institution, Person)
                .join_from(Case, Tandem, Tandem.case_id == Case.id)
                .join(CaseIdentity, CaseIdentity.case_id == Case.id)
                .join(Institution, Institution.commune_number == CaseIdentity.commune_number)
                .join(Membership, Membership.institution_id == Institution.id)
                .join(Person, Person.id == Membership.person_id)
                .where(
                    Case.state == State.COACHING,
                    Case.origin == Origin.SOCIAL_AID,
                    Tandem.cms_membership_id == Case.announcing_membership_id,
                    Membership.seat == Seat.MEMBER,
                    Membership.active,
                )
                .order_by(Person.last_name, Case.reference)
            ).all()
            self.case, self.tandem, self.seat, self.commune, clerk = rows[0]
            self.clerk = clerk.name
            self.sas = session.exec(
                select(Membership)
                .join(Institution, Institution.id == Membership.institution_id)
                .where(Institution.kind == Kind.SAS, Membership.active)
            ).first()

    @contextmanager
    def acting(self, membership: Any) -> Iterator[GuardedSession]:
        """A session in which the holder of a seat acts today."""
        with self.store.system(Reason.SET_UP, writes=False) as session:
            seat, institution, person = session.exec(
                select(Membership, Institution, Person)
                .join(Institution, Institution.id == Membership.institution_id)
                .join(Person, Person.id == Membership.person_id)
                .where(Membership.id == membership)
            ).one()
        actor = Actor(
            person=person.id,
            membership=seat.id,
            institution=institution.id,
            kind=institution.kind,
            seat=seat.seat,
            day=today(),
            name=person.name,
            institution_name=institution.name,
        )
        with self.store.session(actor, writes=True) as session:
            yield session
            session.commit()

    def measure(
        self, stage: Stage = Stage.AT_COMMUNE, leaning: Leaning = Leaning.FAVOURABLE
    ) -> str:
        """A measure of the person's, at the SAS or before the commune; the address of its page."""
        starts = today() + timedelta(days=30)
        given = ProposalInput(
            form_key=new_id(),
            code="language-course",
            regimes=[Regime.LIAS],
            provider=Provider.CMS,
            title="Français intensif B1",
            organiser="École-club, Sion",
            goal="Atteindre le niveau B1 oral pour postuler dans la logistique.",
            starts_on=starts,
            ends_on=starts + timedelta(days=80),
            asked=Decimal("1480.00"),
        )
        with self.acting(self.tandem.cms_membership_id) as session:
            key = actions.propose(session, self.case.id, given).id
            actions.prepare(session, key, PreparationInput(version=1, transmit=True))
            version = session.find(Measure, key).version
        if stage is Stage.AT_COMMUNE:
            with self.acting(self.sas.id) as session:
                opinion = OpinionInput(
                    version=version, leaning=leaning, text="Mesure proportionnée."
                )
                actions.give_opinion(session, key, opinion)
        return f"/measures/{key}"

    def browser(self, browse: Any, **options: Any) -> Any:
        """The clerk's browser, acting for this commune."""
        watched = browse(self.clerk, **options)
        page = watched.open("/account")
        button = page.locator(f"button[name=membership][value='{self.seat.id}']")
        if button.count():
            button.click()
        return watched


@pytest.fixture(scope="session")
def town(canton: Canton) -> Town:
    """A commune with a clerk and a measure to decide."""
    return Town(canton)


def test_the_essentials_take_at_most_sixty_words(town: Town, browse: Any) -> None:
    page = town.browser(browse, language="fr").open(town.measure())
    words = page.locator("#essentials").inner_text()
    for wanted in ("CHF 1’480.00", "Français intensif B1", "LIAS", "favorable", "depuis"):
        assert wanted in words.replace("\u00a0", " ")
    assert len(words.replace("Décider maintenant", "").split()) <= 60, words


def test_two_clicks_decide_and_the_button_stands_high(town: Town, browse: Any) -> None:
    page = town.browser(browse, language="fr").open(town.measure())
    box = page.locator("#sign").bounding_box()
    assert box
    assert box["y"] + box["height"] < 700
    page.locator("#outcome").click()
    page.locator("#sign").click()
    expect(page.get_by_text("La décision est signée.")).to_be_visible()
    expect(page.get_by_role("link", name="Télécharger la décision (PDF)")).to_be_visible()


def test_at_most_twelve_tabs_from_the_top_of_the_page_to_the_signature(
    town: Town, browse: Any
) -> None:
    """Counted without the skip link being followed, and without the one link that only a demonstration has."""
    page = town.browser(browse).open(town.measure())
    page.evaluate("document.querySelector('.cii-demo')?.remove()")
    tabs = 0
    while page.evaluate("document.activeElement.id") != "sign" and tabs < 30:
        page.keyboard.press("Tab")
        tabs += 1
    assert tabs <= 12
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    page.locator("#sign").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_be_visible()


def test_only_the_fields_of_what_is_chosen_are_shown(town: Town, browse: Any) -> None:
    page = town.browser(browse).open(town.measure())
    for choice, shown in (
        ("granted", set()),
        ("less", {"for-less"}),
        ("returned", {"for-question", "for-reason"}),
        ("refused", {"for-reason"}),
    ):
        page.locator(f"input[name=outcome][value={choice}]").check()
        for part in ("for-less", "for-question", "for-reason"):
            assert page.locator(f"#{part}").is_visible() is (part in shown), (choice, part)


def test_an_unfavourable_opinion_asks_for_a_reason_before_one_signs(
    town: Town, browse: Any
) -> None:
    page = town.browser(browse, language="fr").open(town.measure(leaning=Leaning.UNFAVOURABLE))
    expect(page.get_by_text("il faut écrire pourquoi")).to_be_visible()
    page.locator("#outcome").click()
    expect(page.locator("#reason")).to_be_visible()
    page.locator("#sign").click()
    expect(page.locator("#reason-error")).to_be_visible()
    page.locator("#reason").fill("Le cours gratuit commence trop tard.")
    page.locator("#sign").click()
    expect(page.get_by_text("La décision est signée.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_without_scripts_one_decides_as_well(town: Town, browse: Any, width: int) -> None:
    page = town.browser(browse, language="fr", width=width, scripts=False).open(town.measure())
    page.locator("input[name=outcome][value=refused]").check()
    page.locator("#reason").fill("Le budget est épuisé.")
    page.locator("#sign").click()
    expect(page.get_by_text("La décision est signée.")).to_be_visible()


def test_on_a_phone_one_reads_and_then_signs(town: Town, browse: Any) -> None:
    page = town.browser(browse, language="fr", width=390).open(town.measure())
    page.get_by_role("link", name="Décider maintenant").click()
    expect(page.locator("#outcome")).to_be_in_viewport()
    page.locator("#outcome").check()
    page.locator("#sign").click()
    expect(page.get_by_text("La décision est signée.")).to_be_visible()


def test_the_opinion_takes_two_clicks_and_a_reason(town: Town, browse: Any) -> None:
    address = town.measure(Stage.AT_SAS)
    with town.store.system(Reason.SET_UP, writes=False) as session:
        adviser = session.exec(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.id == town.sas.id)
        ).one()
    page = browse(adviser.name, language="fr").open(address)
    box = page.locator("#sign").bounding_box()
    assert box
    assert box["y"] + box["height"] < 700
    page.locator("#leaning").click()
    page.locator("#text").fill("Mesure proportionnée.")
    page.locator("#sign").click()
    expect(page.get_by_text("Le préavis est signé.")).to_be_visible()


def test_the_way_is_found_while_one_types(town: Town, browse: Any) -> None:
    """The panel changes in place; what was typed stays; nothing is sent."""
    with town.store.system(Reason.SET_UP, writes=False) as session:
        worker = session.exec(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.id == town.tandem.cms_membership_id)
        ).one()
        before = session.exec(select(sa.func.count()).select_from(Measure)).one()
    page: Page = browse(worker.name, language="fr").open(f"/cases/{town.case.id}/measures/new")
    page.locator("#title").fill("Français")
    page.locator("#code").select_option("language-course")
    expect(page.locator("#way")).to_contain_text("donne son préavis")
    page.locator("input[name=regimes][value=LACI]").check()
    expect(page.locator("#way")).to_contain_text("Plusieurs lois offrent cette mesure")
    page.locator("input[name=choice][value=LIAS]").check()
    expect(page.locator("#choice_reason")).to_be_visible()
    page.locator("#code").select_option("afo")
    expect(page.locator("#way")).to_contain_text("ne figure pas dans l’offre légale de la LIAS")
    expect(page.locator("#title")).to_have_value("Français")
    assert not page.get_by_role("button", name="Voir la voie").is_visible()
    with town.store.system(Reason.SET_UP, writes=False) as session:
        assert session.exec(select(sa.func.count()).select_from(Measure)).one() == before


@pytest.mark.parametrize("language", ["fr", "de"])
def test_each_page_of_a_measure_keeps_to_the_rules_of_every_page(
    town: Town, browse: Any, language: str
) -> None:
    wrong: list[str] = []
    watched = town.browser(browse, language=language)
    address = town.measure(leaning=Leaning.UNFAVOURABLE)
    page = watched.open(address)
    wrong += look_at(page, "decide")
    page.locator("input[name=outcome][value=returned]").check()
    page.locator("#sign").click()
    page.locator(".govuk-error-summary").wait_for()
    wrong += look_at(page, "decide with errors")
    page.locator("input[name=outcome][value=refused]").check()
    page.locator("#reason").fill("Non.")
    page.locator("#sign").click()
    page.wait_for_url(re.compile(f"{address}$"))
    page.locator("#decision").wait_for()
    for summary in page.locator("main summary").all():
        summary.click()
    wrong += look_at(page, "decided")
    for path in ("/measures", "/measures/decided"):
        watched.open(path)
        wrong += look_at(page, path)
    with town.store.system(Reason.SET_UP, writes=False) as session:
        names = session.exec(
            select(Person.first_name + " " + Person.last_name)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.id.in_([town.tandem.cms_membership_id, town.sas.id]))
        ).all()
    waiting = town.measure(Stage.AT_SAS)
    for name in names:
        other = browse(name, language=language)
        for path in (waiting, "/measures", f"/cases/{town.case.id}/measures"):
            wrong += look_at(other.open(path), f"{name} {path}")
        answer = other.page.goto(town.canton.address + f"/cases/{town.case.id}/measures/new")
        if answer and answer.status == 200:
            other.page.locator("#code").select_option("language-course")
            other.page.locator("input[name=regimes][value=LACI]").check()
            other.page.locator("input[name=choice]").first.wait_for()
            wrong += look_at(other.page, "proposal")
    for path in ("/catalogue", "/catalogue/language-course", "/catalogue/new"):
        admin = browse("Pia Rudaz", language=language)
        wrong += look_at(admin.open(path), path)
    assert not wrong, "\n".join(wrong)
