"""Tables come in as people's spreadsheets write them, and go out harmless."""

import csv
import io
import unicodedata
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from cii.foundation import cells
from cii.foundation.cells import Row, TableError, decode_table, harmless_cell
from cii.foundation.texts import texts

PEOPLE = "nom;prénom;commune\r\nDélèze;Zoé;Sion\r\nSchmid;Jonas;Leuk\r\n"


def workbook(*rows, title="Feuille", extra=()) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for change in extra:
        change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_parts(content: bytes, **parts: bytes) -> bytes:
    """The same archive with some parts replaced or added."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return changed.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(TableError) as refused:
        decode_table(content)
    assert texts("de").say_phrase(refused.value.phrase) != str(refused.value)
    return str(refused.value)


def read(content: bytes) -> list[dict[str, str]]:
    table = decode_table(content)
    assert table.problems == ()
    return [dict(row.cells) for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_a_csv_reads_the_same_however_an_office_saves_it(encoding, delimiter, line_end):
    content = PEOPLE.replace(";", delimiter).replace("\r\n", line_end).encode(encoding)
    table = decode_table(content)
    assert table.columns == ("nom", "prénom", "commune")
    assert table.rows == (
        Row(2, {"nom": "Délèze", "prénom": "Zoé", "commune": "Sion"}),
        Row(3, {"nom": "Schmid", "prénom": "Jonas", "commune": "Leuk"}),
    )
    assert table.problems == ()


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks():
    content = 'nom;"facteurs, tous";note\r\nRey;"dettes;santé";"il dit ""oui"",\r\npuis non"\r\n'
    assert read(content.encode()) == [
        {"nom": "Rey", "facteurs, tous": "dettes;santé", "note": 'il dit "oui",\npuis non'}
    ]


def test_accents_written_in_two_pieces_become_one_letter():
    assert read("nom\nDe\u0301le\u0300ze\n".encode()) == [{"nom": "Délèze"}]


def test_cells_are_trimmed_and_empty_lines_are_left_out_but_counted():
    table = decode_table(b"\n nom ;age\n\n Rey ; \xc2\xa0\n;\n Roh;31\n")
    assert table.columns == ("nom", "age")
    assert table.rows == (Row(4, {"nom": "Rey", "age": ""}), Row(6, {"nom": "Roh", "age": "31"}))


def test_a_line_counts_as_a_spreadsheet_shows_it():
    table = decode_table(b'nom;note\nRey;"une\ndeux\ntrois"\nRoh;quatre\n')
    assert [row.line for row in table.rows] == [2, 3]


def test_a_title_that_stands_twice_is_seen_and_its_first_column_counts():
    table = decode_table(b"nom;age;nom\nRey;31;Roh\n")
    assert table.columns == ("nom", "age", "nom")
    assert table.rows[0].cells == {"nom": "Rey", "age": "31"}


def test_a_line_with_too_many_or_too_few_cells_is_a_problem_of_that_line():
    table = decode_table(b"nom;age\nRey;31;Sion\nRoh;\nFavre\nEmery;40\n")
    assert [(problem.line, problem.column, str(problem.phrase)) for problem in table.problems] == [
        (
            2,
            None,
            "Cellules dans la ligne\u00a0: 3 au lieu de 2. Vérifiez les séparateurs et les guillemets.",
        ),
        (
            4,
            None,
            "Cellules dans la ligne\u00a0: 1 au lieu de 2. Vérifiez les séparateurs et les guillemets.",
        ),
    ]
    assert [row.line for row in table.rows] == [2, 3, 4, 5]


def test_a_column_without_title_is_a_problem_of_the_first_line():
    table = decode_table(b"nom;;age\nRey;x;31\n")
    assert [(problem.line, str(problem.phrase)) for problem in table.problems] == [
        (1, "La colonne 2 n’a pas de titre.")
    ]
    assert table.columns == ("nom", "age")
    assert table.rows[0].cells == {"nom": "Rey", "age": "31"}


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("Rey\x07", "La cellule contient un signe invisible. Écrivez-la à nouveau."),
        ("Rey\x9f", "La cellule contient un signe invisible. Écrivez-la à nouveau."),
        (
            "Y\ufffdlmaz",
            "Une lettre s’est perdue lors d’une conversion. Écrivez la cellule à nouveau.",
        ),
        ("#REF!", "La formule du tableur donne l’erreur #REF!."),
        ("#N/A", "La formule du tableur donne l’erreur #N/A."),
        ("x" * 32_768, "Le texte dépasse 32’767 signes."),
    ],
)
def test_a_damaged_cell_is_named_by_line_and_column(cell, sentence):
    table = decode_table(f"nom;age\nRoh;30\n{cell};31\n".encode())
    assert [(p.line, p.column, str(p.phrase)) for p in table.problems] == [(3, "nom", sentence)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Le fichier est vide."),
        (b"\xef\xbb\xbf", "Le fichier est vide."),
        (b"\n;;\n \n", "Le fichier est vide."),
        (
            b"nom\x00;age\n",
            "Ce fichier n’est ni un CSV ni un XLSX\u00a0: enregistrez-le dans un de ces formats.",
        ),
        (
            "nom;age\n".encode("utf-16"),
            "Ce fichier n’est ni un CSV ni un XLSX\u00a0: enregistrez-le dans un de ces formats.",
        ),
        (
            b"%PDF-1.7 ...",
            "Ce fichier n’est ni un CSV ni un XLSX\u00a0: enregistrez-le dans un de ces formats.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "Ce classeur est protégé par un mot de passe ou dans un ancien format. Enregistrez-le en XLSX sans mot de passe, ou en CSV.",
        ),
        (
            "nom\nDélèze\n".encode() + b"Zo\xe9\n",
            "Ligne 3\u00a0: le fichier mélange deux codages de caractères. Enregistrez-le en CSV UTF-8.",
        ),
        (
            b"\xef\xbb\xbfnom\nZo\xe9\n",
            "Ligne 2\u00a0: le fichier mélange deux codages de caractères. Enregistrez-le en CSV UTF-8.",
        ),
        (
            b"nom\nRey\nZo\x81\n",
            "Ligne 3\u00a0: une lettre est illisible. Enregistrez le fichier en CSV UTF-8.",
        ),
        (
            b'nom;age\nRey;31\n"Roh;32\nFavre;33\n',
            "Ligne 4\u00a0: un guillemet n’est pas fermé, ou la cellule est trop longue.",
        ),
        (
            b'nom;age\n"Rey"x;31\n',
            "Ligne 2\u00a0: un guillemet n’est pas fermé, ou la cellule est trop longue.",
        ),
        (b"x" * (10 * 1024**2 + 1), "Le fichier dépasse 10 Mo. Partagez-le en plusieurs."),
        (b";".join([b"a"] * 201), "Le fichier contient plus de 200 colonnes."),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_one_sentence(content, sentence):
    assert refusal(content) == sentence


def test_more_rows_than_the_product_takes_are_refused():
    content = b"nom\n" + b"Rey\n" * cells.MOST_ROWS
    assert len(decode_table(content).rows) == cells.MOST_ROWS
    assert (
        refusal(content + b"Roh\n")
        == "Le fichier contient plus de 20’000 lignes. Partagez-le en plusieurs."
    )


def test_more_cells_than_the_product_takes_are_refused_even_empty_ones():
    assert (
        refusal(b"nom;age\n" + b";" * 5_000_000)
        == "Le fichier contient plus de 1’000’000 cellules."
    )


def test_a_workbook_reads_like_what_was_typed_into_it():
    content = workbook(
        ["nom", "né le", "ofs", "part", "avs", "actif", "rendez-vous", "heure", "note"],
        [
            "Délèze",
            date(1977, 8, 3),
            6254.0,
            0.5,
            7569217076985,
            True,
            datetime(2026, 12, 31, 14, 5),  # noqa: DTZ001 - a spreadsheet knows no time zone
            time(9, 30),
            None,
        ],
        [None, date(1990, 2, 28), 6254, 0.1 + 0.2, 1234.5, False, None, None, " fin "],
    )
    table = decode_table(content)
    assert table.problems == ()
    assert table.rows == (
        Row(
            2,
            {
                "nom": "Délèze",
                "né le": "03.08.1977",
                "ofs": "6254",
                "part": "0.5",
                "avs": "7569217076985",
                "actif": "oui",
                "rendez-vous": "31.12.2026, 14:05",
                "heure": "09:30",
                "note": "",
            },
        ),
        Row(
            3,
            {
                "nom": "",
                "né le": "28.02.1990",
                "ofs": "6254",
                "part": "0.3",
                "avs": "1234.5",
                "actif": "non",
                "rendez-vous": "",
                "heure": "",
                "note": "fin",
            },
        ),
    )


def test_a_workbook_counts_its_lines_as_shown_and_may_be_ragged():
    table = decode_table(workbook(["nom", "age"], [], ["Rey"], ["Roh", 31, None, None]))
    assert table.problems == ()
    assert table.rows == (Row(3, {"nom": "Rey", "age": ""}), Row(4, {"nom": "Roh", "age": "31"}))


def test_only_the_first_sheet_that_can_be_seen_is_read():
    def hide_the_first(book):
        book.active.sheet_state = "hidden"
        book.create_sheet("Annonces").append(["nom"])
        book["Annonces"].append(["Rey"])
        book.create_sheet("Notes").append(["autre"])

    assert read(workbook(["caché"], extra=[hide_the_first])) == [{"nom": "Rey"}]


def test_a_formula_without_a_result_is_an_empty_cell_and_never_the_formula():
    assert read(workbook(["nom", "somme"], ["Rey", "=1+1"])) == [{"nom": "Rey", "somme": ""}]


UNREADABLE = "Ce classeur est illisible. Ouvrez-le et enregistrez-le à nouveau en XLSX."
TOO_LARGE = "Ce classeur est trop grand une fois ouvert. Partagez-le en plusieurs."


def test_a_damaged_workbook_is_refused_with_one_sentence():
    whole = workbook(["nom"], ["Rey"])
    assert refusal(whole[: len(whole) // 2]) == UNREADABLE
    assert refusal(b"PK\x03\x04" + b"x" * 100) == UNREADABLE
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    assert refusal(other.getvalue()) == UNREADABLE
    assert (
        refusal(with_parts(whole, **{"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}))
        == UNREADABLE
    )


@pytest.mark.parametrize("cut", range(0, 5000, 250))
def test_a_workbook_cut_anywhere_is_refused_and_never_breaks_anything(cut):
    whole = workbook(*[["nom", "Rey", n] for n in range(20)])
    assert refusal(whole[:cut] if cut else b"PK\x03\x04") == UNREADABLE


def test_an_archive_that_unfolds_out_of_proportion_is_refused_before_it_does():
    whole = workbook(["nom"], ["Rey"])
    blown = b"<worksheet>" + b" " * (20 * 1024**2)
    assert refusal(with_parts(whole, **{"xl/worksheets/sheet1.xml": blown})) == TOO_LARGE
    many = {f"xl/media/{n}.txt": b"x" for n in range(600)}
    assert refusal(with_parts(whole, **many)) == TOO_LARGE


def test_an_archive_that_lies_about_its_size_is_refused():
    whole = with_parts(
        workbook(["nom"], ["Rey"]), **{"xl/worksheets/sheet1.xml": b" " * (5 * 1024**2)}
    )
    size = (5 * 1024**2).to_bytes(4, "little")
    assert whole.count(size) == 2
    assert refusal(whole.replace(size, (100).to_bytes(4, "little"))) == UNREADABLE


def test_entities_that_multiply_are_not_unfolded():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "rire">{laughs}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData></worksheet>'
    )
    whole = workbook(["nom"], ["Rey"])
    assert refusal(with_parts(whole, **{"xl/worksheets/sheet1.xml": sheet.encode()})) == UNREADABLE


def test_a_sheet_that_pretends_to_be_huge_is_read_as_far_as_it_goes():
    whole = workbook(["nom"], ["Rey"])
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b'ref="A1:A2"' in sheet
    pretending = sheet.replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"')
    assert read(with_parts(whole, **{"xl/worksheets/sheet1.xml": pretending})) == [{"nom": "Rey"}]


def test_a_sheet_whose_cells_stand_far_apart_is_refused():
    far = "".join(f'<row r="{n}"><c r="XFD{n}" t="n"><v>1</v></c></row>' for n in range(1, 200))
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{far}</sheetData></worksheet>"
    )
    assert (
        refusal(with_parts(workbook(["nom"]), **{"xl/worksheets/sheet1.xml": sheet.encode()}))
        == "Le fichier contient plus de 200 colonnes."
    )


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("http://127.0.0.1/";"x")',
        "+41 27 606 00 00",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1+1",
        "\n=1+1",
        "＝1+1",
    ],
)
def test_no_text_leaves_as_a_formula(formula):
    assert harmless_cell(formula) == "'" + formula


@pytest.mark.parametrize(
    "value",
    [
        "Rey",
        "",
        "a=b",
        "A-2026-001",
        "l'an dernier",
        None,
        12,
        -5,
        Decimal("-12.50"),
        date(2026, 12, 31),
        True,
    ],
)
def test_what_is_no_formula_leaves_as_it_is(value):
    assert harmless_cell(value) is value


def test_a_formula_that_comes_in_is_only_a_text():
    assert read(b'nom\n"=HYPERLINK(""http://127.0.0.1/"";""x"")"\n') == [
        {"nom": '=HYPERLINK("http://127.0.0.1/";"x")'}
    ]


# As a person types: letters, figures, signs and blanks, composed as keyboards do, no blank at the ends.
CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=20
).map(lambda text: unicodedata.normalize("NFC", text).strip().lstrip("'"))


@settings(max_examples=60)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5), st.sampled_from([",", ";"]))
@example([["=1+1", "+41", "-"], ["@x", "l'an", '"']], ";")
def test_what_goes_out_comes_back(rows, delimiter):
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(["nom", "prénom", "note"])
    for row in rows:
        writer.writerow([harmless_cell(cell) for cell in row])
    table = decode_table(written.getvalue().encode("utf-8-sig"))
    assert [list(row.cells.values()) for row in table.rows] == [row for row in rows if any(row)]


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_a_table_or_be_refused(content):
    try:
        table = decode_table(content)
    except TableError:
        return
    assert table.columns or table.problems


@given(st.binary(max_size=60), st.integers(0, 4000))
@settings(max_examples=50)
def test_no_scribble_in_a_workbook_breaks_anything(scribble, place):
    whole = workbook(["nom"], ["Rey"])
    try:
        decode_table(whole[:place] + scribble + whole[place + len(scribble) :])
    except TableError:
        return
