"""`cii route` as other systems use it: the agreed JSON, to the letter, and a clear sentence for everything else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cii.cli import main
from cii.foundation import json_objects
from tests.rules.routes_by_hand import OFFER, by_hand, every_question

ROOT = Path(__file__).parents[2]

QUESTION = {
    "id": "r1",
    "origin": "social-aid",
    "regimes": ["LIAS"],
    "measure": "language-course",
    "commune": 6266,
    "article_59d": False,
    "outside_canton": False,
    "choice": None,
    "cms_follow_up": True,
}
ANSWER = {
    "id": "r1",
    "candidates": ["LIAS"],
    "regime": "LIAS",
    "decider": "commune",
    "payer": "commune",
    "needs_reason": False,
    "steps": [
        {"act": "prepare", "by": "tandem-social-worker", "rule": "VS-33"},
        {"act": "transmit", "by": "announcing-social-worker", "rule": "VS-34"},
        {"act": "opinion", "by": "sas", "rule": "VS-22"},
        {"act": "approve", "by": "commune", "rule": "VS-23"},
        {"act": "pay", "by": "commune", "rule": "VS-24"},
        {"act": "account", "by": "commune", "rule": "VS-25"},
    ],
    "problems": [],
}


def asking(given, *options):
    """The result of `cii route` for bytes, a text, or anything that JSON can say."""
    if not isinstance(given, bytes | str):
        given = json.dumps(given)
    return CliRunner().invoke(main, ["route", *options], input=given, catch_exceptions=False)


def answered(given, *options):
    result = asking(given, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def refused(given, *options):
    """What standard error says; nothing stands on standard output."""
    result = asking(given, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    return result.stderr.replace("\u00a0", " ")


def test_the_agreed_example_is_answered_as_agreed_field_by_field_and_in_order():
    assert json.dumps(answered(QUESTION)) == json.dumps(ANSWER)


def test_every_combination_is_answered_as_the_table_written_by_hand_says():
    questions = list(every_question())
    answers = answered(questions)
    for answer in answers:
        answer["problems"] = [problem["code"] for problem in answer["problems"]]
    assert answers == [by_hand(question) for question in questions]


def test_an_object_is_answered_by_an_object_and_a_list_by_a_list_in_the_same_order():
    second = QUESTION | {"id": "r2", "measure": "aits"}
    assert answered([QUESTION]) == [ANSWER]
    assert answered([second, QUESTION]) == [ANSWER | {"id": "r2"}, ANSWER]
    assert answered([]) == []


def test_a_follow_up_by_the_cms_is_assumed_to_be_absent():
    asked = {name: value for name, value in QUESTION.items() if name != "cms_follow_up"}
    asked["origin"] = "orp"
    assert answered(asked)["steps"][1]["by"] == "tandem-social-worker"
    assert answered(asked | {"cms_follow_up": True})["steps"][1]["by"] == "following-social-worker"


def test_a_number_outside_the_register_is_a_problem_and_no_error():
    """Lausanne is not in Valais."""
    for number in (5586, 0, -6266, 10**30):
        answer = answered(QUESTION | {"commune": number})
        assert [problem["code"] for problem in answer["problems"]] == ["commune-unknown"]
        assert answer["steps"] == ANSWER["steps"]


def test_problems_are_said_in_the_language_that_is_asked_for():
    asked = QUESTION | {"choice": "LACI", "commune": 1}
    french, german = (
        {problem["code"]: problem["message"] for problem in answered(asked, *language)["problems"]}
        for language in ((), ("--language", "de"))
    )
    assert list(french) == list(german) == ["choice-not-possible", "commune-unknown"]
    assert french["choice-not-possible"].startswith("Le choix LACI n’est pas possible")
    assert german["choice-not-possible"].startswith("Die Wahl AVIG ist")
    assert "BFS-Nummer" in german["commune-unknown"]


def test_a_file_is_read_as_standard_input_is(tmp_path):
    file = tmp_path / "fragen.json"
    file.write_text(json.dumps(QUESTION), "utf-8")
    assert answered("", str(file)) == answered(QUESTION) == answered(QUESTION, "-")


def test_a_file_may_begin_with_a_byte_order_mark():
    assert answered(b"\xef\xbb\xbf" + json.dumps(QUESTION).encode()) == ANSWER


def test_the_same_question_has_the_same_answer_whatever_the_order_of_its_fields():
    asked = QUESTION | {"regimes": ["LIAS", "LACI"]}
    turned = dict(reversed((asked | {"regimes": ["LACI", "LIAS"]}).items()))
    assert asking(asked).stdout_bytes == asking(asked).stdout_bytes == asking(turned).stdout_bytes


def without(name):
    return {other: value for other, value in QUESTION.items() if other != name}


@pytest.mark.parametrize("name", [name for name in QUESTION if name != "cms_follow_up"])
def test_a_field_that_is_missing_is_named(name):
    said = refused([QUESTION, without(name)])
    assert f"Objet 2{'' if name == 'id' else ' (id '}" in said
    assert f'champ "{name}". Attendu : ' in said
    assert "Reçu : rien, le champ manque." in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "expected", "found"),
    [
        ("id", 1, "un texte", "1"),
        ("id", None, "un texte", "null"),
        ("origin", "ORP", '"orp", "social-aid"', '"ORP"'),
        ("origin", None, '"orp", "social-aid"', "null"),
        ("origin", ["orp"], '"orp", "social-aid"', '["orp"]'),
        ("regimes", "LACI", 'une liste de "LACI", "LEMC", "LIAS"', '"LACI"'),
        ("regimes", ["LACI", "laci"], 'une liste de "LACI", "LEMC", "LIAS"', '["LACI", "laci"]'),
        ("regimes", ["LACI", "LACI"], "chacun au plus une fois", '["LACI", "LACI"]'),
        ("regimes", [["LACI"]], "une liste", "une liste"),
        ("regimes", None, "une liste", "null"),
        ("regimes", {"LACI": True}, "une liste", "un objet"),
        ("measure", "courses", '"course", "language-course"', '"courses"'),
        ("measure", {}, '"course"', "un objet"),
        ("measure", "", '"course"', '""'),
        ("commune", "6266", "un nombre entier", '"6266"'),
        ("commune", True, "un nombre entier", "true"),
        ("commune", 6266.0, "un nombre entier", "6266.0"),
        ("commune", None, "un nombre entier", "null"),
        ("article_59d", 1, "true ou false", "1"),
        ("article_59d", "false", "true ou false", '"false"'),
        ("outside_canton", None, "true ou false", "null"),
        ("outside_canton", [], "true ou false", "[]"),
        ("choice", "", 'null ou l’un de "LACI", "LEMC", "LIAS"', '""'),
        ("choice", False, 'null ou l’un de "LACI", "LEMC", "LIAS"', "false"),
        ("choice", ["LACI"], 'null ou l’un de "LACI", "LEMC", "LIAS"', '["LACI"]'),
        ("cms_follow_up", 0, "true ou false", "0"),
        ("cms_follow_up", None, "true ou false", "null"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(name, value, expected, found):
    said = refused(QUESTION | {name: value})
    where = "Objet 1" if name == "id" else 'Objet 1 (id "r1")'
    assert said.startswith(f'cii: {where}, champ "{name}". Attendu : ')
    assert expected in said
    assert said.endswith(f"Reçu : {found}.\n")


def test_a_field_that_nobody_knows_is_refused():
    said = refused([QUESTION, QUESTION | {"id": "r2", "Commune": 6266}])
    assert said.startswith(
        'cii: Objet 2 (id "r2"), champ "Commune". Attendu : l’un des champs id, origin, '
    )


def test_one_wrong_object_leaves_all_without_answer():
    said = refused([QUESTION, QUESTION | {"id": "r2", "origin": "cms"}, 7])
    assert 'Objet 2 (id "r2"), champ "origin"' in said
    assert "Objet 3. Attendu : un objet. Reçu : 7." in said


def test_a_field_that_stands_there_twice_is_refused():
    text = json.dumps(QUESTION)
    said = refused(text.replace("{", '{"commune": 6267, ', 1))
    assert 'champ "commune". Attendu : une seule fois. Reçu : plusieurs fois.' in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "L’entrée est vide."),
        (b" \n\t", "L’entrée est vide."),
        (b"\xef\xbb\xbf", "L’entrée est vide."),
        (b"id: r1", "L’entrée n’est pas du JSON à partir de la ligne 1, colonne 1."),
        (b'[{"id": "r1"},\n ]', "à partir de la ligne 2, colonne 2."),
        (b'{"id": "r1"} {"id": "r2"}', "à partir de la ligne 1, colonne 14."),
        (b'{"id": "r\x00"}', "L’entrée n’est pas du JSON"),
        (b'{"commune": NaN}', "NaN n’est pas un nombre en JSON."),
        (b"[-Infinity]", "-Infinity n’est pas un nombre en JSON."),
        (b"7", "Attendu : un objet ou une liste d’objets. Reçu : 7."),
        (b"null", "Attendu : un objet ou une liste d’objets. Reçu : null."),
        (b'"r1"', 'Attendu : un objet ou une liste d’objets. Reçu : "r1".'),
        (b"[[]]", "Objet 1. Attendu : un objet. Reçu : []."),
    ],
)
def test_what_is_not_of_this_form_is_told_so(given, said):
    assert said in refused(given)


def test_another_encoding_than_utf_8_is_told_so():
    text = json.dumps(QUESTION | {"id": "é"}, ensure_ascii=False)
    assert "L’entrée n’est pas codée en UTF-8 (octet 9)." in refused(text.encode("latin-1"))
    assert "L’entrée n’est pas codée en UTF-8 (octet 1)." in refused(text.encode("utf-16"))


def test_what_python_cannot_read_is_told_so():
    assert "imbriquée trop profondément" in refused("[" * 200_000)
    assert "imbriquée trop profondément" in refused('{"id":' * 200_000)
    assert "un nombre trop long" in refused('{"commune": ' + "9" * 5000 + "}")


def test_an_input_without_end_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(json_objects, "LIMIT", 1_000_000)
    assert "L’entrée dépasse 1 millions d’octets" in refused(" " * 1_000_001)
    assert answered(json.dumps(QUESTION) + " " * 900_000) == ANSWER


def test_of_many_errors_the_first_twenty_are_shown():
    said = refused([QUESTION | {"origin": "?"}] * 30).splitlines()
    assert len(said) == 21
    assert said[-1] == "10 autres erreurs ne sont pas montrées."


def test_half_a_character_and_what_a_terminal_obeys_are_only_named():
    said = refused('{"id": "\\ud800", "\\u001b[2J\\u202e": "' + "x" * 500 + '"}')
    assert r'champ "\u001b[2J\u202e"' in said
    assert r'champ "id". Attendu : un texte. Reçu : "\ud800".' in said
    assert "\x1b" not in said
    assert "xxx" not in refused(QUESTION | {"choice": ["x" * 500]}).replace("x" * 57, "")


def test_errors_are_said_in_german():
    said = refused(QUESTION | {"commune": "6266"}, "--language", "de")
    assert said == (
        'cii: Objekt 1 (id "r1"), Feld "commune". Erwartet: eine ganze Zahl (die BFS-Nummer). Erhalten: "6266".\n'
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for file in (tmp_path, tmp_path / "missing.json"):
        assert f"Le fichier {file} ne peut pas être lu." in refused("", str(file))


def test_an_unknown_language_or_option_is_refused():
    for options in (("--language", "it"), ("--force",), ("a.json", "b.json")):
        assert refused(QUESTION, *options)


def test_the_help_shows_an_example_that_is_answered():
    shown = CliRunner().invoke(main, ["route", "--help"]).stdout
    example = shown[shown.index("'{") + 1 : shown.index("}'") + 1]
    assert answered(example) == ANSWER


def test_no_database_is_asked_and_the_answer_is_utf_8_on_any_terminal(tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "ascii",
        "CII_VAR": str(tmp_path / "var"),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    asked = json.dumps(QUESTION | {"id": "Zürich"}, ensure_ascii=False)
    command = [sys.executable, "-m", "cii.cli", "route"]
    done = subprocess.run(
        command,
        input=asked.encode(),
        capture_output=True,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("utf-8")) == ANSWER | {"id": "Zürich"}
    assert "Zürich" in done.stdout.decode("utf-8")
    assert not (tmp_path / "var").exists()
    # A closed standard input, and a sentence that the terminal's own encoding cannot say.
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command],
        capture_output=True,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr


# Anything at all

LITERALS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
NEARLY = {
    "id": st.text(),
    "origin": st.sampled_from(["orp", "social-aid", "ORP"]),
    "regimes": st.lists(st.sampled_from(["LACI", "LEMC", "LIAS"]), max_size=3),
    "measure": st.sampled_from(list(OFFER)),
    "commune": st.sampled_from([6266, 6002, 1]) | st.integers(),
    "article_59d": st.booleans(),
    "outside_canton": st.booleans(),
    "choice": st.sampled_from([None, "LACI", "LEMC", "LIAS"]),
    "cms_follow_up": st.booleans(),
}
QUESTIONS = st.fixed_dictionaries(NEARLY)
SPOILT = st.builds(
    lambda asked, name, value: asked | {name: value},
    QUESTIONS,
    st.sampled_from(list(NEARLY)) | st.text(),
    LITERALS,
)
ANYTHING = st.recursive(
    LITERALS | SPOILT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    given=st.binary()
    | ANYTHING.map(lambda found: json.dumps(found).encode())
    | st.lists(QUESTIONS, max_size=3).map(lambda found: json.dumps(found).encode()),
    language=st.sampled_from(["fr", "de"]),
)
@example(given=b'{"id": {"id": {}}}', language="fr")
@example(given=b"[" * 5000, language="de")
def test_whatever_comes_in_is_answered_or_refused_and_never_breaks(given, language):
    result = asking(given, "--language", language)
    if result.exit_code == 2:
        assert result.stdout_bytes == b""
        assert result.stderr.startswith("cii: ")
        return
    assert (result.exit_code, result.stderr) == (0, "")
    asked, answers = json.loads(given), json.loads(result.stdout_bytes)
    if isinstance(asked, dict):
        asked, answers = [asked], [answers]
    assert [answer["id"] for answer in answers] == [question["id"] for question in asked]
    for question, answer in zip(asked, answers, strict=True):
        codes = [problem["code"] for problem in answer["problems"]]
        own = [code for code in codes if code != "commune-unknown"]
        expected = by_hand({"cms_follow_up": False} | question)
        assert answer | {"problems": own} == expected
