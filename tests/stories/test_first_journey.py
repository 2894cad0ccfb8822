"""The first journey: a person is announced, consents, is admitted; the tandem writes; each sees what was opened.

Lucie Morard receives social assistance in Sion. Hugo, social worker at the CMS, announces her; Claire at
the bureau CII admits her and names Amélie (ORP) and Hugo (CMS) as her tandem.
"""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from cii.cases.lifecycle import State
from cii.cases.models import Case
from tests.cases.test_announcing import announced
from tests.house import House

# Everybody who must never see anything of Lucie's case as long as no measure is put before them.
STRANGERS = (
    "gaelle",
    "nicolas",
    "bastien",
    "melanie",
    "yannick",
    "cecile",
    "sophie",
    "laurent",
    "pia",
    "odile",
)

BACK_PAIN = "Douleurs au dos depuis l’été, le médecin est consulté."
TRAINEE = "Un transporteur de Sion propose un stage de deux semaines."


def one_page() -> bytes:
    """A scanned page, as the multifunction printer of an office makes it."""
    import io

    import pikepdf

    pdf = pikepdf.new()
    pdf.add_blank_page()
    made = io.BytesIO()
    pdf.save(made)
    return made.getvalue()


class Story:
    """Lucie's case, and who does what with it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.case_id: UUID | None = None

    @property
    def path(self) -> str:
        """The address of the case."""
        return f"/cases/{self.case_id}"

    @property
    def state(self) -> State:
        """Where the case stands."""
        (case,) = self.house.all(Case, Case.id == self.case_id)
        state: State = case.state
        return state

    def announce(self) -> None:
        """Hugo types the announcement and sends it."""
        hugo = self.house.client("hugo")
        hugo.get("/announcements/new")
        hugo.submit(fields=announced(self.house), press="Transmettre l’annonce")
        (case,) = self.house.all(Case)
        self.case_id = case.id

    def sign(self, *struck_out: str) -> None:
        """Lucie signs; what she strikes out is taken away; Hugo records it with its scan."""
        hugo = self.house.client("hugo")
        page = hugo.get(f"{self.path}/procuration/new")
        form = page.form(f"{self.path}/procuration/new")
        opened = [each for each in form.options["opened"] if each not in struck_out]
        hugo.submit(
            f"{self.path}/procuration/new",
            {
                "opened": opened,
                "signed_on": "aujourd’hui",
                "explained": "Lue ensemble.",
                "file": (one_page(), "procuration.pdf"),
            },
        )

    def admit(self) -> None:
        """Claire admits and names Amélie and Hugo."""
        claire = self.house.client("claire")
        claire.get(f"{self.path}/admission")
        claire.post(f"{self.path}/admission", {"act": "admit"})
        claire.submit(
            f"{self.path}/tandem",
            {
                "orp": str(self.house.membership("amelie")),
                "cms": str(self.house.membership("hugo")),
            },
        )

    def start(self) -> None:
        """Amélie starts the coaching."""
        self.house.client("amelie").post(f"{self.path}/start")

    def write(self, who: str, text: str, **fields: Any) -> None:
        """Somebody of the tandem publishes a note."""
        client = self.house.client(who)
        client.get(self.path)
        client.submit(f"{self.path}/note", {"text": text, **fields}, press="Publier la note")


@pytest.fixture
def story(app: Flask, house: House) -> Story:
    """Lucie's story, from the beginning."""
    return Story(house)


def test_from_the_announcement_to_the_first_note(story: Story, house: House) -> None:
    story.announce()
    assert story.state is State.TO_COMPLETE
    story.sign()
    assert story.state is State.ANNOUNCED
    story.admit()
    assert story.state is State.TANDEM_ASSIGNED
    story.start()
    assert story.state is State.COACHING
    story.write("hugo", BACK_PAIN, topic="health")
    story.write("amelie", TRAINEE, kind="employer", significant="yes")

    for member in ("amelie", "hugo", "patrick", "valerie"):
        page = house.client(member).get(story.path)
        assert BACK_PAIN in page.main
        assert TRAINEE in page.main
        assert "Lucie Morard" in page.title


def test_the_bureau_follows_the_coaching_without_reading_a_word_of_it(
    story: Story, house: House
) -> None:
    story.announce()
    story.sign()
    story.admit()
    story.start()
    story.write("hugo", BACK_PAIN, topic="health")
    story.write("amelie", TRAINEE, kind="employer")
    page = house.client("claire").get(story.path)
    assert "Employeur" in page.main
    assert TRAINEE not in page.html
    assert BACK_PAIN not in page.html


def test_nobody_else_finds_anything(story: Story, house: House) -> None:
    """A case of somebody else answers like a case that is not there."""
    story.announce()
    story.sign()
    story.admit()
    story.start()
    story.write("amelie", TRAINEE)
    for name in STRANGERS:
        client = house.client(name)
        for page in (
            "",
            "/announcement",
            "/consent",
            "/documents",
            "/plan",
            "/readers",
            "/procuration/print",
        ):
            there = client.get(story.path + page, status=404)
            nowhere = client.get(f"/cases/00000000-0000-0000-0000-000000000000{page}", status=404)
            assert there.main == nowhere.main
        if name not in {"pia", "odile"}:
            assert "Morard" not in client.get("/cases").html
        assert "Morard" not in client.get("/").html


def test_what_the_person_strikes_out_stays_closed(story: Story, house: House) -> None:
    """VS-40: Lucie does not open her health to the ORP; Amélie sees no sign that a note about it exists."""
    story.announce()
    story.sign("orp.health")
    story.admit()
    story.start()
    before = house.client("amelie").get(story.path).main
    story.write("hugo", BACK_PAIN, topic="health")
    assert BACK_PAIN in house.client("hugo").get(story.path).main
    assert house.client("amelie").get(story.path).main == before
    assert BACK_PAIN not in house.client("patrick").get(story.path).html


def test_a_revocation_closes_everything_at_once_and_a_new_procuration_opens_it_again(
    story: Story, house: House
) -> None:
    story.announce()
    story.sign()
    story.admit()
    story.start()
    story.write("hugo", BACK_PAIN, topic="health")
    story.write("amelie", TRAINEE)
    hugo = house.client("hugo")
    hugo.get(f"{story.path}/procuration/revoke")
    hugo.submit(f"{story.path}/procuration/revoke", {"channel": "letter"})

    assert story.state is State.SUSPENDED
    amelie = house.client("amelie")
    page = amelie.get(story.path)
    assert TRAINEE in page.main
    assert BACK_PAIN not in page.html
    assert "Morard" not in page.html
    assert "Morard" not in amelie.get("/cases").html
    assert "l’accès est fermé" in amelie.get("/").main
    assert "lettre" not in amelie.get(f"{story.path}/consent").main
    claire = house.client("claire").get(story.path)
    assert "Morard" not in claire.html
    for name in STRANGERS:
        house.client(name).get(story.path, status=404)

    story.sign()
    assert story.state is State.COACHING
    assert BACK_PAIN in amelie.get(story.path).main


def test_everybody_can_see_who_sees_what_and_who_has_looked(story: Story, house: House) -> None:
    story.announce()
    story.sign()
    story.admit()
    house.client("claire").get(story.path)
    page = house.client("hugo").get(f"{story.path}/consent")
    for institution in ("ORP Sion", "CMS Sion-Hérens-Conthey", "Bureau CII"):
        assert institution in page.main
    page = house.client("hugo").get(f"{story.path}/readers")
    assert "Claire Zufferey" in page.main
