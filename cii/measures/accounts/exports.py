"""A commune's account as a file for its bookkeeping: XLSX and CSV. Amounts are numbers, texts run nothing."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

from cii.foundation.cells import harmless_cell
from cii.foundation.texts import N_, texts
from cii.measures.accounts.queries import Account, Line
from cii.measures.models import STATEMENT_STATE_LABELS

TITLES = (
    N_("Décision"),
    N_("Mesure"),
    N_("Début"),
    N_("Fin"),
    N_("Accordé (CHF)"),
    N_("Déjà décompté (CHF)"),
    N_("Payé ce trimestre (CHF)"),
    N_("dont corrections (CHF)"),
    N_("Reste (CHF)"),
)
_FIRST_AMOUNT = 4


def _cells(line: Line, types: Mapping[str, str]) -> list[Any]:
    return [
        line.reference,
        types.get(line.code, line.code),
        line.starts_on,
        line.ends_on,
        line.decided,
        line.paid_before,
        line.paid,
        line.corrections,
        line.remains,
    ]


def _sums(shown: Account) -> list[Any]:
    return [
        shown.decided,
        shown.paid_before,
        shown.paid,
        shown.corrections,
        shown.decided - shown.paid_before - shown.paid,
    ]


def _rows(shown: Account, types: Mapping[str, str], language: str) -> list[list[Any]]:
    """The titles, the lines, the sums."""
    say = texts(language).say
    return [
        [say(title) for title in TITLES],
        *(_cells(line, types) for line in shown.lines),
        [say("Total"), "", "", "", *_sums(shown)],
    ]


def as_csv(shown: Account, types: Mapping[str, str], language: str) -> bytes:
    """The account as CSV: UTF-8 with its mark, semicolons, days as 2026-12-31, amounts as 1234.50."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=";", lineterminator="\r\n")
    for row in _rows(shown, types, language):
        writer.writerow([harmless_cell(cell) for cell in row])
    return BOM_UTF8 + made.getvalue().encode()


def as_xlsx(shown: Account, types: Mapping[str, str], commune: str, language: str) -> bytes:
    """The account as a workbook of one sheet, with the commune, the quarter and the state above it."""
    # Imported here: the library is large, and most processes never write a workbook.
    from openpyxl import Workbook
    from openpyxl.styles import Font

    words = texts(language)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = words.say_phrase(shown.quarter.short_name)
    heading = [
        commune,
        words.say_phrase(shown.quarter.name),
        words.say(STATEMENT_STATE_LABELS[shown.state]),
    ]
    sheet.append([harmless_cell(cell) for cell in heading])
    sheet.append([])
    bold = Font(bold=True)
    for row in _rows(shown, types, language):
        sheet.append([harmless_cell(cell) for cell in row])
        for cell in sheet[sheet.max_row][_FIRST_AMOUNT:]:
            cell.number_format = "#,##0.00"
        for cell in sheet[sheet.max_row][2:_FIRST_AMOUNT]:
            cell.number_format = "dd.mm.yyyy"
    for number in (1, 3, sheet.max_row):
        for cell in sheet[number]:
            cell.font = bold
    for letter, width in zip("ABCDEFGHI", (24, 34, 12, 12, 16, 20, 22, 22, 14), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A4"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def file_name(shown: Account, commune: str, language: str, kind: str) -> str:
    """The name of a downloaded account: which quarter of whom, and that a draft is one."""
    say = texts(language).say
    word = say("décompte") if shown.statement else say("brouillon de décompte")
    parts = (word, f"{shown.quarter.year}-{shown.quarter.number}", commune)
    return f"{' '.join(parts)}.{kind}".replace("/", "-")
