"""The journal of a case: the tandem writes, each institution reads what the person opened to it."""

from datetime import timedelta
from unicodedata import category, normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cii.access.actor import Kind
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.coaching.models import JournalDraft, JournalEntry, JournalText
from cii.consent.models import PartKind
from cii.consent.topics import ALL, NEEDS, Topic
from cii.foundation.clock import today
from cii.foundation.days import format_day
from tests.coaching.house import suspend
from tests.house import Consent

WITHOUT_HEALTH_FOR_ORP = Consent(topics={**NEEDS, Kind.ORP: ALL & ~Topic.HEALTH})
NOTHING_FOR_ORP = Consent(topics={**NEEDS, Kind.ORP: Topic(0)})


@pytest.fixture
def coached(app, house):
    """Lucie's case: Amélie (ORP Sion) and Hugo (CMS Sion) coach her, Yannick (CMS Sierre) announced her."""
    return house.case(by="yannick", state=State.COACHING)


def write(client, case, text="Elle commence lundi.", status=200, **fields):
    client.get(f"/cases/{case.id}")
    return client.submit("note", {"text": text, **fields}, status=status)


# Writing and reading


def test_what_one_of_the_tandem_writes_the_other_reads(house, coached):
    write(house.client("amelie"), coached, "Motivée pour le cours B1. Suite : inscription.")
    read = house.client("hugo").get(f"/cases/{coached.id}")
    assert "Motivée pour le cours B1. Suite : inscription." in read.main
    assert "Amélie Favre, ORP Sion" in read.main
    assert format_day(today()) in read.main


def test_a_note_says_when_how_and_in_which_of_the_four_domains(house, coached):
    page = write(
        house.client("hugo"),
        coached,
        "Entreprise visitée.",
        kind="employer",
        day="hier",
        domain="placement",
        significant="yes",
    )
    yesterday = format_day(today() - timedelta(days=1))
    assert "Employeur · placement" in page.main
    assert f"{yesterday} · Hugo Délèze, CMS Sion-Hérens-Conthey élément significatif" in page.main


def test_the_four_domains_are_those_of_the_text(house, coached):
    """VS-37: "évaluation, qualification, placement et insertion"."""
    page = house.client("hugo").get(f"/cases/{coached.id}")
    offered = page.form("note").options["domain"]
    assert offered == ["", "evaluation", "qualification", "placement", "insertion"]


def test_the_bureau_sees_that_there_was_a_contact_and_not_the_text(house, coached):
    house.note(coached, "amelie", "Elle parle de sa séparation.", significant=True)
    page = house.client("claire").get(f"/cases/{coached.id}")
    assert "Entretien · placement" in page.main
    assert "Amélie Favre, ORP Sion" in page.main
    assert "séparation" not in page.html
    assert "significatif" not in page.html
    assert not page.find("form", id="note")


def test_the_one_who_announced_reads_on(house, coached):
    house.note(coached, "amelie", "Elle commence lundi.")
    assert "Elle commence lundi." in house.client("yannick").get(f"/cases/{coached.id}").main


def test_offices_have_their_names_in_the_language_of_the_reader(app, house):
    case = house.case(by="yannick", state=State.COACHING, tandem=("ursula", "hugo"))
    house.note(case, "hugo", "Sie beginnt am Montag.")
    page = house.client("ursula").get(f"/cases/{case.id}")
    assert "Hugo Délèze, SMZ Sitten-Ering-Gundis" in page.main
    assert "RAV Oberwallis" in page.main
    assert "Yannick Moulin SMZ Siders" in page.main
    assert "CMS" not in page.main


def test_a_head_reads_and_does_not_write(house, coached):
    house.note(coached, "amelie", "Elle commence lundi.")
    page = house.client("patrick").get(f"/cases/{coached.id}")
    assert "Elle commence lundi." in page.main
    assert not page.find("form", id="note")


def test_a_note_on_health_is_invisible_to_whom_the_person_did_not_open_health(app, house):
    case = house.case(by="yannick", state=State.COACHING, consent=WITHOUT_HEALTH_FOR_ORP)
    house.note(case, "hugo", "Elle commence lundi.", days_ago=2)
    amelie = house.client("amelie")
    before = without_keys(amelie.get(f"/cases/{case.id}"))
    house.note(case, "hugo", "Certificat : 60 %.", topic=Topic.HEALTH)
    assert without_keys(amelie.get(f"/cases/{case.id}")) == before
    assert "Certificat : 60 %." in house.client("hugo").get(f"/cases/{case.id}").main


def without_keys(page):
    """The page without what differs at each loading: the key of the note's form."""
    form_key = page.form("note").value("form_key")
    return page.html.replace(form_key, "")


def test_the_form_says_who_will_read_each_topic(app, house):
    case = house.case(by="hugo", state=State.COACHING, consent=WITHOUT_HEALTH_FOR_ORP)
    page = house.client("hugo").get(f"/cases/{case.id}")
    assert "Pourront lire cette note : CMS Sion-Hérens-Conthey, ORP Sion" in page.main
    assert "santé (lu par : CMS Sion-Hérens-Conthey)" in page.main


def test_a_commune_finds_no_trace_of_the_journal(app, house):
    case = house.case(state=State.COACHING, parts=[("sion", PartKind.APPROVAL)])
    clerk = house.client("cecile")
    before = clerk.get(f"/cases/{case.id}").html
    # Topics that a commune may see: even then the journal is not hers.
    house.note(case, "amelie", "Elle commence lundi.", topic=Topic.MEASURES)
    page = clerk.get(f"/cases/{case.id}")
    assert page.html == before
    assert "Journal" not in page.main
    assert page.title == "Lucie Morard"


def test_who_is_not_of_the_case_finds_nothing(house, coached):
    for who in ("bastien", "melanie", "gaelle", "jerome", "laurent", "odile", "pia", "regula"):
        house.client(who).get(f"/cases/{coached.id}", status=404)


def test_after_the_procuration_each_institution_keeps_what_it_wrote(app, house):
    case = house.case(
        by="yannick",
        state=State.SUSPENDED,
        state_before=State.COACHING,
        consent=Consent(revoked=True),
    )
    house.note(case, "amelie", "Elle souhaite réfléchir.")
    house.note(case, "hugo", "Budget revu.")
    page = house.client("amelie").get(f"/cases/{case.id}")
    assert (
        "La procuration n’est plus valable : vous voyez ce que votre institution a écrit."
        in page.main
    )
    assert "Elle souhaite réfléchir." in page.main
    assert "Budget revu." not in page.html
    assert "Hugo Délèze" in page.main, "the other of the tandem stays known by name"
    assert "Lucie" not in page.html
    assert not page.find("form", id="note")
    assert "Qui voit ce dossier" not in page.main


def test_an_institution_to_which_nothing_is_open_is_told_so(app, house):
    case = house.case(by="hugo", state=State.COACHING, consent=NOTHING_FOR_ORP)
    page = house.client("amelie").get(f"/cases/{case.id}")
    assert "Aucune procuration ne vous ouvre ce dossier aujourd’hui" in page.main
    assert "Lucie" not in page.html


def test_reading_is_recorded(house, coached):
    house.client("claire").get(f"/cases/{coached.id}")
    (line,) = house.all(AuditEvent, AuditEvent.case_id == coached.id)
    assert (line.act, line.person_id, line.ground) == (
        Act.CASE_READ,
        house.person["claire"],
        "VS-40",
    )


def test_a_draft_of_an_announcement_opens_where_it_is_written(app, house):
    case = house.case(state=State.DRAFT, consent=None)
    page = house.client("hugo").get(f"/cases/{case.id}")
    assert page.path == f"/cases/{case.id}/announcement"


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.ANNOUNCED, "Le bureau CII examine l’annonce."),
        (State.TO_COMPLETE, "L’institution qui a annoncé la personne complète l’annonce."),
        (State.ADMITTED, "Le bureau CII désigne le tandem."),
        (State.TANDEM_ASSIGNED, "Le tandem commence le coaching."),
    ],
)
def test_before_the_coaching_the_page_says_whose_turn_it_is(app, house, state, sentence):
    case = house.case(by="yannick", state=state)
    page = house.client("yannick").get(f"/cases/{case.id}")
    assert sentence in page.main
    assert not page.find("form", id="note")


# Who may write


@pytest.mark.parametrize("who", ["patrick", "claire", "yannick", "gaelle", "bastien", "cecile"])
def test_nobody_but_the_tandem_writes(house, coached, who):
    client = house.client(who)
    for path in ("note", "note/draft"):
        client.post(f"/cases/{coached.id}/{path}", {"text": "Bonjour", "day": "hier"}, status=404)
    assert house.count(JournalEntry) == 0
    assert house.count(JournalDraft) == 0


def test_a_deputy_writes_while_the_colleague_is_away(house, coached):
    house.client("nicolas").get(f"/cases/{coached.id}", status=404)
    house.deputy("amelie", "nicolas")
    page = write(house.client("nicolas"), coached, "Remplacement : elle a appelé.")
    assert "Nicolas Délèze, ORP Sion" in page.main


def test_a_deputy_of_last_month_writes_no_more(house, coached):
    house.deputy("amelie", "nicolas", starts=-30, ends=-1)
    house.client("nicolas").get(f"/cases/{coached.id}", status=404)


def test_notes_wait_for_the_tandem(app, house):
    case = house.case(state=State.ADMITTED)
    house.client("hugo").post(
        f"/cases/{case.id}/note", {"text": "Bonjour", "day": "hier"}, status=404
    )


def test_nothing_typed_is_lost_when_the_case_was_suspended_meanwhile(house, coached):
    client = house.client("amelie")
    client.get(f"/cases/{coached.id}")
    suspend(house, coached)
    page = client.submit("note", {"text": "Elle commence lundi."}, status=409)
    assert "Rien n’est enregistré : le dossier n’est pas en coaching aujourd’hui." in page.main
    assert page.form("note").value("text") == "Elle commence lundi."
    assert house.count(JournalEntry) == 0


# The same form twice, and forms filled in badly


def test_the_same_form_sent_twice_is_one_note(house, coached):
    client = house.client("amelie")
    client.get(f"/cases/{coached.id}")
    fields = {
        "text": "Elle commence lundi.",
        "day": "hier",
        "form_key": client.page.form("note").value("form_key"),
    }
    for _ in range(3):
        page = client.post(f"/cases/{coached.id}/note", fields)
    assert house.count(JournalEntry) == house.count(JournalText) == 1
    assert page.main.count("Elle commence lundi.") == 1
    # What is typed into the same form afterwards is another note, not a lost one.
    client.post(f"/cases/{coached.id}/note", {**fields, "text": "Elle commence mardi."})
    assert house.count(JournalEntry) == 2


def test_the_key_of_somebody_elses_form_reaches_nothing(house, coached):
    amelie, hugo = house.client("amelie"), house.client("hugo")
    amelie.get(f"/cases/{coached.id}")
    fields = {
        "text": "Elle commence lundi.",
        "day": "hier",
        "form_key": amelie.page.form("note").value("form_key"),
    }
    amelie.post(f"/cases/{coached.id}/note", fields)
    hugo.post(f"/cases/{coached.id}/note", fields)
    assert house.count(JournalEntry) == 2


BAD = {
    "empty": ({"text": ""}, {"text": "Écrivez ce qui s’est passé et quelle est la suite."}),
    "blank": ({"text": " \n "}, {"text": "Écrivez ce qui s’est passé et quelle est la suite."}),
    "too long": ({"text": "a" * 20001}, {"text": "20000 caractères au plus."}),
    "a control character": (
        {"text": "a\x00b"},
        {"text": "Ce texte contient un caractère invisible : écrivez-le à nouveau."},
    ),
    "no day": ({"day": ""}, {"day": "Indiquez le jour."}),
    "not a day": ({"day": "31.02.2026"}, {"day": "La date 31.02.2026 n’existe pas."}),
    "a day to come": (
        {"day": "demain"},
        {"day": "Cette date est à venir : indiquez aujourd’hui ou un jour passé."},
    ),
    "a kind that does not exist": (
        {"kind": "telepathy"},
        {"kind": "Choisissez une des réponses proposées."},
    ),
    "a domain that does not exist": (
        {"domain": "magie"},
        {"domain": "Choisissez une des réponses proposées."},
    ),
    "a topic that is not for notes": (
        {"topic": "measures"},
        {"topic": "Choisissez une des réponses proposées."},
    ),
    "a mark that does not exist": (
        {"significant": "perhaps"},
        {"significant": "Choisissez une des réponses proposées."},
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_beside_the_field_and_the_rest_is_kept(house, coached, case):
    changed, errors = BAD[case]
    client = house.client("amelie")
    client.get(f"/cases/{coached.id}")
    fields = {"text": "Elle commence lundi.", "kind": "phone", "day": "hier", **changed}
    page = client.post(f"/cases/{coached.id}/note", fields, status=422)
    said = {name: text.removeprefix("Erreur : ") for name, text in page.errors.items()}
    assert said == errors
    kept = page.form("note")
    if "text" not in changed:
        assert kept.value("text") == "Elle commence lundi."
    if "kind" not in changed:
        assert kept.value("kind") == "phone"
    assert house.count(JournalEntry) == 0


@pytest.mark.parametrize("field", ["institution_id", "person_id", "version", "state", "id"])
def test_a_field_that_is_not_of_the_form_is_refused(house, coached, field):
    client = house.client("amelie")
    page = client.post(
        f"/cases/{coached.id}/note",
        {"text": "Elle commence lundi.", "day": "hier", field: "1"},
        status=422,
    )
    assert "Ce champ n’existe pas dans ce formulaire" in page.main
    assert page.form("note").value("text") == "Elle commence lundi."
    assert house.count(JournalEntry) == 0


def test_a_broken_key_of_the_form_is_replaced(house, coached):
    client = house.client("amelie")
    page = client.post(
        f"/cases/{coached.id}/note",
        {"text": "Elle commence lundi.", "day": "hier", "form_key": "x"},
        status=422,
    )
    assert client.submit("note", {}).main.count("Elle commence lundi.") == 1
    assert page.form("note").value("text") == "Elle commence lundi."


def test_html_in_a_note_is_text(house, coached):
    text = '<script>alert(1)</script><b>gras</b> & "guillemets"'
    page = write(house.client("amelie"), coached, text)
    assert text in page.main
    assert "<b>gras</b>" not in page.html


def as_sent(text):
    """What a browser sends of a text, in the one form in which texts are kept."""
    return normalize("NFC", text.encode("utf-8", "replace").decode())


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=300)
)
def test_whatever_is_typed_is_kept_as_it_was_typed_or_refused_in_words(house, coached, text):
    client = house.client("amelie")
    sent = as_sent(text)
    invisible = {letter for letter in sent if category(letter) in {"Cc", "Cs"}} - {"\n", "\t"}
    good = sent.strip() and not invisible
    page = client.post(
        f"/cases/{coached.id}/note", {"text": text, "day": "hier"}, status=200 if good else 422
    )
    if good:
        assert sent.strip() in {each.text for each in house.all(JournalText)}
    else:
        assert page.errors["text"]


# Drafts


def test_a_draft_is_there_when_one_comes_back_and_for_nobody_else(house, coached):
    client = house.client("amelie")
    client.get(f"/cases/{coached.id}")
    client.submit(
        "note", {"text": "Elle a dit que", "kind": "phone"}, press="Garder comme brouillon"
    )
    again = house.new_client("amelie").get(f"/cases/{coached.id}")
    assert again.form("note").value("text") == "Elle a dit que"
    assert again.form("note").value("kind") == "phone"
    assert "Brouillon gardé :" in again.main
    for who in ("hugo", "patrick", "claire"):
        assert "Elle a dit que" not in house.client(who).get(f"/cases/{coached.id}").html


def test_after_a_pause_the_page_keeps_what_is_typed(house, coached):
    client = house.client("amelie")
    page = client.get(f"/cases/{coached.id}")
    fields = {name: values[0] for name, values in page.form("note").fields.items() if values}
    answer = client.post(
        f"/cases/{coached.id}/note/draft",
        {**fields, "text": "Elle a d"},
        headers={"HX-Request": "true", "HX-Target": "draft"},
    )
    assert not answer.whole
    assert answer.text.startswith("Brouillon gardé :")
    (draft,) = house.all(JournalDraft)
    assert draft.typed["text"] == "Elle a d"
    # Unfinished is no mistake: a draft keeps half a date as well.
    client.post(f"/cases/{coached.id}/note/draft", {**fields, "text": "Elle", "day": "31.0"})
    assert client.get(f"/cases/{coached.id}").form("note").value("day") == "31.0"


def test_publishing_ends_the_draft_and_a_late_draft_does_not_bring_it_back(house, coached):
    client = house.client("amelie")
    page = client.get(f"/cases/{coached.id}")
    fields = {name: values[0] for name, values in page.form("note").fields.items() if values}
    fields["text"] = "Elle commence lundi."
    client.post(f"/cases/{coached.id}/note/draft", fields)
    client.post(f"/cases/{coached.id}/note", fields)
    assert house.count(JournalDraft) == 0
    client.post(f"/cases/{coached.id}/note/draft", fields)
    assert house.count(JournalDraft) == 0
    assert client.get(f"/cases/{coached.id}").form("note").value("text") == ""


def test_a_note_sent_again_does_not_take_a_new_draft_away(house, coached):
    client = house.client("amelie")
    page = client.get(f"/cases/{coached.id}")
    fields = {name: values[0] for name, values in page.form("note").fields.items() if values}
    first = {**fields, "text": "Elle commence lundi."}
    client.post(f"/cases/{coached.id}/note", first)
    client.get(f"/cases/{coached.id}")
    client.submit("note", {"text": "Autre chose"}, press="Garder comme brouillon")
    client.post(f"/cases/{coached.id}/note", first)
    assert client.get(f"/cases/{coached.id}").form("note").value("text") == "Autre chose"


def test_an_emptied_draft_is_gone(house, coached):
    client = house.client("amelie")
    house.note_draft(coached, "amelie", "Elle")
    client.get(f"/cases/{coached.id}")
    page = client.submit("note", {"text": ""}, press="Garder comme brouillon")
    assert "Le brouillon est effacé." in page.main
    assert house.count(JournalDraft) == 0


def test_a_draft_that_cannot_be_kept_says_so(house, coached):
    client = house.client("amelie")
    client.get(f"/cases/{coached.id}")
    page = client.submit("note", {"text": "a" * 20001}, press="Garder comme brouillon", status=422)
    assert "20000 caractères au plus." in page.main
    assert len(page.form("note").value("text")) == 20001
    suspend(house, coached)
    page = client.submit("note", {"text": "Elle"}, press="Garder comme brouillon", status=409)
    assert page.form("note").value("text") == "Elle"


def test_any_target_that_htmx_names_gets_an_answer(house, coached):
    client = house.client("amelie")
    client.get(f"/cases/{coached.id}")
    for target in ("draft", "journal", "main", "title", "nothing"):
        headers = {"HX-Request": "true", "HX-Target": target}
        client.post(f"/cases/{coached.id}/note/draft", {"text": "Elle"}, headers=headers)
        client.post(f"/cases/{coached.id}/note/draft", {"x": "1"}, headers=headers, status=422)
        client.post(f"/cases/{coached.id}/note", {"text": ""}, headers=headers, status=422)


# What htmx swaps


def test_the_swapped_fragment_is_what_a_freshly_loaded_page_shows(house, coached):
    house.note(coached, "hugo", "Budget revu.", days_ago=40)
    client = house.client("amelie")
    page = client.get(f"/cases/{coached.id}")
    fields = {name: values[0] for name, values in page.form("note").fields.items() if values}
    answer = client.post(
        f"/cases/{coached.id}/note",
        {**fields, "text": "Elle commence lundi."},
        headers={"HX-Request": "true", "HX-Target": "journal"},
    )
    assert not answer.whole
    assert "La note est publiée." in answer.text
    fragment = client.get(f"/cases/{coached.id}", fragment="journal")
    fresh = client.get(f"/cases/{coached.id}")
    assert fragment.html.strip() in fresh.html.replace(
        fresh.form("note").value("form_key"), fragment.form("note").value("form_key")
    )
    assert "Elle commence lundi." in fragment.text


# Reading a long journal


def test_a_long_journal_is_read_page_by_page_and_each_note_once(house, coached):
    for n in range(45):
        house.note(coached, "hugo", f"Contact {n:02}.", days_ago=n // 3)
    client = house.client("amelie")
    page, read = client.get(f"/cases/{coached.id}"), []
    read += page.texts("div", class_="cii-typed")
    while "Plus ancien" in page.links:
        page = client.click("Plus ancien")
        assert not page.find("form", id="note")
        read += page.texts("div", class_="cii-typed")
    assert len(read) == 45
    assert set(read) == {f"Contact {n:02}." for n in range(45)}
    days = [int(text[8:10]) // 3 for text in read]
    assert days == sorted(days)
    assert "Le plus récent" in page.links


def test_the_contact_log_is_the_journal_by_kind(house, coached):
    """VS-05: the close follow-up stands in the journal, contact by contact."""
    client = house.client("amelie")
    write(client, coached, "Appelée à 9 h.", kind="phone")
    write(client, coached, "Vue au bureau.")
    page = client.click("Téléphone")
    assert page.texts("div", class_="cii-typed") == ["Appelée à 9 h."]
    assert "Aucune entrée de ce type." in client.get(f"/cases/{coached.id}?kind=email").main
    everything = client.get(f"/cases/{coached.id}?kind=nonsense&before=nonsense")
    assert len(everything.texts("div", class_="cii-typed")) == 2


# Corrections


def correct(client, case, entry, status=200, **fields):
    client.get(f"/cases/{case.id}/notes/{entry}/correct")
    return client.submit("correction", fields, status=status)


def test_a_correction_keeps_the_earlier_wording(house, coached):
    entry = house.note(coached, "amelie", "Elle commence lundi.")
    page = correct(house.client("amelie"), coached, entry, text="Elle commence mardi.")
    assert "Elle commence mardi." in page.main
    assert "Elle commence lundi." not in page.main
    history = house.client("hugo").get(f"/cases/{coached.id}/notes/{entry}")
    assert history.texts("div", class_="cii-typed") == [
        "Elle commence mardi.",
        "Elle commence lundi.",
    ]
    assert history.main.count("Amélie Favre") == 2
    assert (
        f"corrigée le {format_day(today())}"
        in house.client("hugo").get(f"/cases/{coached.id}").links
    )


def test_the_bureau_finds_no_history(house, coached):
    entry = house.note(coached, "amelie", "Elle commence lundi.")
    correct(house.client("amelie"), coached, entry, text="Elle commence mardi.")
    house.client("claire").get(f"/cases/{coached.id}/notes/{entry}", status=404)
    assert "corrigée" not in house.client("claire").get(f"/cases/{coached.id}").main


def test_two_who_correct_at_once_lose_nothing(house, coached):
    house.deputy("amelie", "nicolas")
    entry = house.note(coached, "amelie", "Elle commence lundi.")
    amelie, nicolas = house.client("amelie"), house.client("nicolas")
    for client in (amelie, nicolas):
        client.get(f"/cases/{coached.id}/notes/{entry}/correct")
    amelie.submit("correction", {"text": "Elle commence mardi."})
    page = nicolas.submit("correction", {"text": "Elle commence mercredi."}, status=409)
    assert "Cette note a été corrigée entre-temps" in page.main
    assert "Amélie Favre l’a corrigée" in page.main
    assert page.texts("blockquote") == ["Elle commence mardi."]
    assert page.form("correction").value("text") == "Elle commence mercredi."
    # Having seen both, the second decides.
    nicolas.submit("correction", {"text": "Elle commence mardi, ou mercredi."})
    texts = sorted(house.all(JournalText), key=lambda each: each.version)
    assert [each.text for each in texts] == [
        "Elle commence lundi.",
        "Elle commence mardi.",
        "Elle commence mardi, ou mercredi.",
    ]


def test_a_correction_sent_twice_is_one_correction(house, coached):
    entry = house.note(coached, "amelie", "Elle commence lundi.")
    client = house.client("amelie")
    client.get(f"/cases/{coached.id}/notes/{entry}/correct")
    form = client.page.form("correction")
    fields = {name: values[0] for name, values in form.fields.items() if values}
    fields["text"] = "Elle commence mardi."
    for _ in range(3):
        client.post(f"/cases/{coached.id}/notes/{entry}/correct", fields)
    assert house.count(JournalText) == 2


def test_only_the_institution_that_wrote_a_note_corrects_it(house, coached):
    entry = house.note(coached, "amelie", "Elle commence lundi.")
    fields = {"text": "Non.", "version": "1", "kind": "note", "day": "hier"}
    for who in ("hugo", "patrick", "claire", "yannick", "bastien"):
        client = house.client(who)
        client.get(f"/cases/{coached.id}/notes/{entry}/correct", status=404)
        client.post(f"/cases/{coached.id}/notes/{entry}/correct", fields, status=404)
    assert house.count(JournalText) == 1
    assert "Corriger" not in house.client("hugo").get(f"/cases/{coached.id}").main


def test_a_note_is_corrected_in_its_own_case_only(house, coached):
    other = house.case(by="yannick", state=State.COACHING)
    entry = house.note(coached, "amelie", "Elle commence lundi.")
    client = house.client("amelie")
    client.get(f"/cases/{other.id}/notes/{entry}", status=404)
    client.get(f"/cases/{other.id}/notes/{entry}/correct", status=404)


def test_a_topic_put_right_covers_the_earlier_wordings_too(app, house):
    """A note on health that was filed under coaching closes for the ORP, with all its wordings."""
    case = house.case(by="yannick", state=State.COACHING, consent=WITHOUT_HEALTH_FOR_ORP)
    entry = house.note(case, "hugo", "Certificat : 60 %.")
    amelie = house.client("amelie")
    assert "Certificat" in amelie.get(f"/cases/{case.id}").main
    correct(house.client("hugo"), case, entry, topic="health")
    assert "Certificat" not in amelie.get(f"/cases/{case.id}").html
    amelie.get(f"/cases/{case.id}/notes/{entry}", status=404)
    assert {each.topic for each in house.all(JournalText)} == {Topic.HEALTH | Topic.NOTES}


def test_a_bad_correction_keeps_what_was_typed(house, coached):
    entry = house.note(coached, "amelie", "Elle commence lundi.")
    client = house.client("amelie")
    page = correct(client, coached, entry, status=422, text="", day="demain")
    assert set(page.errors) == {"text", "day"}
    page = correct(client, coached, entry, status=422, text="b" * 20001)
    assert len(page.form("correction").value("text")) == 20001
    suspend(house, coached)
    client.get(f"/cases/{coached.id}/notes/{entry}/correct")
    page = client.submit("correction", {"text": "Elle commence mardi."}, status=409)
    assert page.form("correction").value("text") == "Elle commence mardi."
    assert house.count(JournalText) == 1


# Starting


def test_the_tandem_starts_the_coaching(app, house):
    case = house.case(by="yannick", state=State.TANDEM_ASSIGNED)
    client = house.client("amelie")
    client.get(f"/cases/{case.id}")
    page = client.submit(f"/cases/{case.id}/start")
    assert "Le coaching a commencé." in page.main
    assert "coaching en cours" in page.main
    # A second click, or the other of the tandem at the same time, does no harm.
    client.post(f"/cases/{case.id}/start")
    house.client("hugo").post(f"/cases/{case.id}/start")


def test_no_coaching_without_a_procuration(app, house):
    case = house.case(by="yannick", state=State.TANDEM_ASSIGNED, consent=Consent(ends=-1))
    page = house.client("amelie").post(f"/cases/{case.id}/start", status=409)
    assert "Aucune procuration n’est valable aujourd’hui" in page.main


@pytest.mark.parametrize("who", ["yannick", "patrick", "claire", "gaelle", "bastien"])
def test_nobody_else_starts_it(app, house, who):
    case = house.case(by="yannick", state=State.TANDEM_ASSIGNED)
    house.client(who).post(f"/cases/{case.id}/start", status=404)
