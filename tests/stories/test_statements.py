"""The accounts of a commune: Cécile pays what Sion granted, accounts for it quarter by quarter; Sophie at the SAS answers."""

import csv
import io
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader
from time_machine import travel

from cii.cases.lifecycle import State
from cii.foundation.clock import ZURICH
from cii.foundation.quarters import Quarter
from cii.measures.lifecycle import Stage
from cii.measures.models import Measure, Payment, Statement, StatementLine
from tests.house import CaseFile, House
from tests.pages import Page, PageClient


def at(day: date, hour: int = 9) -> travel:
    """A morning in Valais."""
    return travel(datetime.combine(day, time(hour), tzinfo=ZURICH), tick=False)


def browser(house: House, who: str, institution: str = "") -> PageClient:
    """Somebody signs in: sessions end long before the next quarter."""
    return house.new_client(who, institution or house.home(who))


JANUARY = date(2027, 1, 12)
APRIL = date(2027, 4, 8)
MAY = date(2027, 5, 4)
JULY = date(2027, 7, 6)


@pytest.fixture
def sion(app: Flask, house: House) -> tuple[House, CaseFile, str]:
    """A language course of 1’800 francs from February to May, granted by Sion in January."""
    with at(JANUARY):
        case = house.case(state=State.COACHING)
        measure = house.a_measure_at(
            Stage.GRANTED, case=case, asked="1800", starts_in=20, lasts=119
        )
    return house, case, f"/measures/{measure.id}"


def pay(house: House, measure: str, amount: str, day: str, voucher: str, status: int = 200) -> Page:
    cecile = browser(house, "cecile")
    cecile.get(f"{measure}/payments")
    return cecile.submit(
        f"{measure}/payments",
        {"amount": amount, "paid_on": day, "voucher": voucher},
        status=status,
    )


def test_a_quarter_from_the_first_payment_to_the_answer_of_the_sas(sion):
    house, case, measure = sion
    with at(date(2027, 3, 2)):
        page = pay(house, measure, "600", "01.03.2027", "B-17")
        assert "Le paiement est enregistré." in page.main
        assert "CHF 1’200.00" in page.main
    with at(APRIL):
        cecile = browser(house, "cecile")
        todo = cecile.get("/statements")
        assert "à établir" in todo.main
        # 30 days after 31 March.
        assert "30.04.2027" in todo.main
        page = cecile.click("1er trimestre 2027")
        assert "VS-2026-9001-6266-1" in page.main
        assert "CHF 600.00" in page.main
        # VS-25: nothing about the person.
        assert case.last_name not in page.main
        page = cecile.submit("/statements/2027/1")
        assert "Il ne change plus." in page.main
        assert "transmis 08.04.2027" in page.main

        sophie = browser(house, "sophie")
        page = sophie.get("/statements?quarter=2027-1")
        assert "Commune de Sion" in page.main
        page = sophie.click("Commune de Sion")
        assert case.last_name not in page.main
        page = sophie.submit(
            page.path, {"reply": "return", "comment": "La pièce B-17 indique 650 francs."}
        )
        assert "retourné" in page.main
    with at(MAY):
        cecile = browser(house, "cecile")
        page = cecile.get("/statements/2027/1")
        assert "La pièce B-17 indique 650 francs." in page.main
        assert [form.action for form in page.forms].count("/statements/2027/1") == 0
        cecile.get(f"{measure}/payments")
        cecile.click("Corriger : 01.03.2027, CHF 600.00")
        page = cecile.submit(
            fields={"right_amount": "650", "voucher": "B-17bis"},
            which=f"{measure}/payments/{house.all(Payment)[0].id}",
        )
        assert "La première saisie reste visible." in page.main
        pay(house, measure, "1000", "03.05.2027", "B-41")
        # What was sent stays: the correction stands in the next quarter.
        assert "CHF 600.00" in cecile.get("/statements/2027/1").main
        page = cecile.get("/statements/2027/2")
        assert "CHF 1’050.00" in page.main
        assert "dont CHF 50.00 de trimestres précédents" in page.main
    with at(JULY):
        cecile, sophie = browser(house, "cecile"), browser(house, "sophie")
        cecile.get("/statements/2027/2")
        cecile.submit("/statements/2027/2")
        sophie.get("/statements?quarter=2027-2")
        page = sophie.click("Commune de Sion")
        sophie.submit(page.path, {"reply": "acknowledge"})
        assert "accepté" in cecile.get("/statements").main
        page = sophie.get("/statements/reconciliation")
        assert "Tout concorde au centime près." in page.main
    assert [(each.year, each.quarter, each.total) for each in house.all(Statement)] == [
        (2027, 1, Decimal("600.00")),
        (2027, 2, Decimal("1050.00")),
    ]
    assert [
        (each.decided, each.paid_before, each.paid, each.corrections)
        for each in sorted(house.all(StatementLine), key=lambda each: each.paid_before)
    ] == [
        (Decimal("1800.00"), Decimal("0.00"), Decimal("600.00"), Decimal("0.00")),
        (Decimal("1800.00"), Decimal("600.00"), Decimal("1050.00"), Decimal("50.00")),
    ]


def test_more_than_what_was_decided_is_refused_beside_its_field(sion):
    house, _, measure = sion
    with at(MAY):
        page = pay(house, measure, "1800.05", "03.05.2027", "B-1", status=422)
        assert "Il reste CHF 1’800.00 à payer" in page.main
        assert page.form(f"{measure}/payments").value("amount") == "1800.05"
        page = pay(house, measure, "0", "03.05.2027", "B-1", status=422)
        assert "Écrivez un montant supérieur à zéro." in page.main
        page = pay(house, measure, "10", "11.01.2027", "B-1", status=422)
        assert "La commune a décidé le 12.01.2027" in page.main
        page = pay(house, measure, "10", "05.05.2027", "B-1", status=422)
        assert "Cette date est à venir : indiquez aujourd’hui ou un jour passé." in page.main
    assert house.all(Payment) == []


def test_the_commune_pays_what_it_granted_after_the_procuration_was_revoked(sion):
    """A-09 and VS-24: its decision and its payments stay its own; the person is not shown."""
    house, case, measure = sion
    with at(MAY):
        house.revoke(case)
        browser(house, "cecile").get(measure, status=404)
        page = browser(house, "cecile").get(f"{measure}/payments")
        assert case.last_name not in page.main
        assert "Français B1" not in page.main
        page = pay(house, measure, "400", "03.05.2027", "B-2")
        assert "CHF 1’400.00" in page.main
        page = browser(house, "cecile").get("/statements/2027/2")
        assert "CHF 400.00" in page.main
        assert case.last_name not in page.main
    with at(JULY):
        assert "CHF 400.00" in browser(house, "sophie").get("/statements/reconciliation").main
    assert house.all(Measure)[0].paid == Decimal("400.00")


def test_only_the_commune_that_decided_pays(sion):
    """VS-24: the commune that granted the measure, and no other institution."""
    house, _, measure = sion
    with at(MAY):
        for who in ("jerome", "sophie", "hugo", "amelie", "laurent", "claire"):
            browser(house, who).get(f"{measure}/payments", status=404)
        browser(house, "cecile", "saviese").get(f"{measure}/payments", status=404)


def test_the_social_worker_in_charge_plans_and_the_others_read(sion):
    """VS-35: the budget is Hugo's; Amélie of the tandem reads it."""
    house, _, measure = sion
    with at(JANUARY, 15):
        hugo = browser(house, "hugo")
        hugo.get(f"{measure}/budget")
        page = hugo.submit(f"{measure}/budget", {"amounts": ["1000", "900", ""]}, status=422)
        assert "La somme dépasse le montant accordé : CHF 1’800.00." in page.main
        hugo.submit(f"{measure}/budget", {"amounts": ["1000", "800", ""]})
        for who in ("amelie", "gaelle", "cecile", "sophie"):
            browser(house, who).get(f"{measure}/budget", status=404)
        for who in ("hugo", "amelie", "cecile", "sophie"):
            page = browser(house, who).get(measure)
            assert "CHF 1’000.00" in page.main
            assert "1er trimestre 2027" in page.main


def test_a_statement_goes_out_as_a_file_that_runs_nothing(sion):
    house, _, measure = sion
    with at(date(2027, 3, 2)):
        pay(house, measure, "600.50", "01.03.2027", "=1+1")
    with at(APRIL):
        cecile = browser(house, "cecile")
        rows = list(
            csv.reader(
                io.StringIO(cecile.get("/statements/2027/1/csv").body.decode("utf-8-sig")),
                delimiter=";",
            )
        )
        assert rows[1] == [
            "VS-2026-9001-6266-1",
            "Cours de langue",
            "2027-02-01",
            "2027-05-31",
            "1800.00",
            "0.00",
            "600.50",
            "0.00",
            "1199.50",
        ]
        assert rows[2][0] == "Total"
        book = load_workbook(io.BytesIO(cecile.get("/statements/2027/1/xlsx").body))
        sheet = book.worksheets[0]
        assert [cell.value for cell in sheet[1]][:3] == [
            "Commune de Sion",
            "1er trimestre 2027",
            "brouillon",
        ]
        assert sheet["G4"].value == 600.5
        assert sheet["G4"].data_type == "n"
        pdf = PdfReader(io.BytesIO(cecile.get("/statements/2027/1/pdf").body))
        words = " ".join(page.extract_text() for page in pdf.pages)
        assert "Brouillon" in words
        assert "600.50" in words


def test_each_commune_accounts_for_itself(sion):
    house, _, _ = sion
    with at(JANUARY):
        other = house.case(state=State.COACHING, commune=6265)
        house.a_measure_at(Stage.GRANTED, case=other, asked="90", starts_in=20)
    with at(APRIL):
        page = browser(house, "cecile", "saviese").get("/statements/2027/1")
        assert "VS-2026-9002-6265-1" in page.main
        assert "6266" not in page.main
        page = browser(house, "sophie").get("/statements?quarter=2027-1")
        assert "Il manque : Commune de Savièse, Commune de Sion." in page.main
    assert Quarter.of(JANUARY) == (2027, 1)
