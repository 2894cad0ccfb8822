"""Messages are found wherever and however they are written."""

import pytest

from cii.foundation.messages import (
    Untranslatable,
    bare_texts,
    capability_of,
    extract_messages,
    missing_entries,
    po_entry,
    write_no_break_spaces,
)


@pytest.fixture
def tree(tmp_path):
    """A small product of its own: write("templates/cases/list.html", text) adds a file to it."""

    class Tree:
        root = tmp_path

        def write(self, name, text):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            return path

        def messages(self):
            return extract_messages(tmp_path)

        def bare(self):
            return bare_texts(tmp_path)

    return Tree()


def test_python_files_say_messages_in_all_these_ways(tree):
    tree.write(
        "cii/cases/screens.py",
        "\n".join(
            [
                'A = N_("un")',
                'B = _("deux")',
                "C = Phrase(",
                '    "trois "',
                '    "et demi", value=1,',
                ")",
                'D = texts.say("quatre {n}", n=4)',
                'E = texts.plural("{n} cas", "{n} cas divers", 5)',
                'F = foundation.Phrase("six" if A else "sept")',
                "G = _(A)",
                'H = other("huit")',
                '# _("neuf")',
                'I = """_("dix")"""',
            ]
        ),
    )
    assert tree.messages() == {
        ("un",): ["cii/cases/screens.py:1"],
        ("deux",): ["cii/cases/screens.py:2"],
        ("trois et demi",): ["cii/cases/screens.py:3"],
        ("quatre {n}",): ["cii/cases/screens.py:7"],
        ("{n} cas", "{n} cas divers"): ["cii/cases/screens.py:8"],
        ("six",): ["cii/cases/screens.py:9"],
        ("sept",): ["cii/cases/screens.py:9"],
    }


def test_templates_say_messages_in_all_these_ways(tree):
    tree.write(
        "templates/cases/list.html",
        "\n".join(
            [
                "<h1>{{ _('un') }}</h1>",
                '{% set title = _("deux {name}", name=person) %}',
                "{{ ui.button(",
                '    _("trois "',
                '      "et demi"),',
                '    hint=_("quatre" if open else "cinq")) }}',
                '{{ plural("{n} cas", "{n} cas divers", n) }}',
                '{% if _("six") %}<a title="{{ _(\'sept\') }}">{% endif %}',
                '{# _("huit") #}',
                "{{ _(state) }}",
                '{% macro m() %}{{ texts.say("neuf") }}{% endmacro %}',
            ]
        ),
    )
    tree.write("templates/emails/cases/news.txt", "{{ _('un') }}")
    assert tree.messages() == {
        ("un",): ["templates/cases/list.html:1", "templates/emails/cases/news.txt:1"],
        ("deux {name}",): ["templates/cases/list.html:2"],
        ("trois et demi",): ["templates/cases/list.html:4"],
        ("quatre",): ["templates/cases/list.html:6"],
        ("cinq",): ["templates/cases/list.html:6"],
        ("{n} cas", "{n} cas divers"): ["templates/cases/list.html:7"],
        ("six",): ["templates/cases/list.html:8"],
        ("sept",): ["templates/cases/list.html:8"],
        ("neuf",): ["templates/cases/list.html:11"],
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cii/cases/screens.py", '_(f"Bonjour {name}")'),
        ("cii/cases/screens.py", '_("Bonjour " + name)'),
        ("cii/cases/screens.py", '_("Bonjour %s" % name)'),
        ("cii/cases/screens.py", '_("Bonjour {}".format(name))'),
        ("templates/cases/list.html", '{{ _("Bonjour " ~ name) }}'),
        ("templates/cases/list.html", '{{ _("Bonjour " + name) }}'),
        ("templates/cases/list.html", '{{ _("Bonjour"|upper) }}'),
    ],
)
def test_a_message_that_is_put_together_first_is_refused(tree, name, text):
    tree.write(name, "\n" + text)
    with pytest.raises(Untranslatable, match=rf"{name}:2: "):
        tree.messages()


def test_words_outside_a_message_are_found(tree):
    tree.write(
        "templates/cases/list.html",
        "\n".join(
            [
                "<h1>{{ _('un') }}</h1>",
                "<p>Bonjour {{ name }}, ça va</p><p>",
                '<a href="/x" title="Ouvrir">{{ name }} - 12 &nbsp;</a>',
                '{{ ui.button("Envoyer", class="cii-button") }}',
                '{{ ui.button(_("Envoyer {x}", x="Dossier")) }}',
                "<script>let words = 1</script><code>POST</code>",
                "{# un commentaire #}",
                "<p>CII · CSV</p>",
                "{% set described -%}",
                '  aria-describedby="{{ name }}-hint"',
                "{%- endset %}",
                "  <b>",
                "  Fin</b>",
                '{{ name if name == "open" else _("deux") }}',
            ]
        ),
    )
    tree.write("templates/emails/news.txt", "{{ _('un') }}\nMeilleures salutations\n-- \n")
    assert tree.bare() == [
        ("templates/cases/list.html:2", "Bonjour , ça va"),
        ("templates/cases/list.html:3", "Ouvrir"),
        ("templates/cases/list.html:4", "Envoyer"),
        ("templates/cases/list.html:13", "Fin"),
        ("templates/emails/news.txt:2", "Meilleures salutations"),
    ]


@pytest.mark.parametrize(
    ("places", "capability"),
    [
        (["cii/cases/screens.py:1", "templates/cases/list.html:2"], "cases"),
        (["cii/cases/screens.py:1", "cii/consent/models.py:2"], "common"),
        (
            [
                "templates/layouts/page.html:1",
                "templates/components/ui.html:2",
                "cii/web/page.py:1",
            ],
            "web",
        ),
        (["templates/emails/cases/news.txt:1"], "cases"),
        (["templates/emails/layout.txt:1"], "outbox"),
        (["cii/cli.py:1"], "common"),
    ],
)
def test_a_message_belongs_to_the_capability_that_says_it(places, capability):
    assert capability_of(places) == capability


def test_a_missing_entry_is_ready_to_be_filled_in(tree):
    assert po_entry(("un « mot » \\ \n",), ["cii/a/b.py:1", "cii/a/b.py:9"]) == (
        '#: cii/a/b.py\nmsgid "un « mot » \\\\ \\n"\nmsgstr ""\n'
    )
    tree.write(
        "cii/cases/screens.py", 'texts.plural("{n} cas jamais dit", "{n} cas jamais dits", 5)'
    )
    entry = (
        "#: cii/cases/screens.py\n"
        'msgid "{n} cas jamais dit"\n'
        'msgid_plural "{n} cas jamais dits"\n'
        'msgstr[0] ""\n'
        'msgstr[1] ""\n'
    )
    assert missing_entries("de", tree.root) == {"cases": [entry]}


def test_no_break_spaces_are_written_where_french_wants_them(tree):
    python = tree.write("cii/cases/screens.py", 'A = N_("Dossier {n} : « vu » !")\nB = "a : b"\n')
    template = tree.write("templates/cases/list.html", "{{ _('Pourquoi ?') }} ? {{ _('Fini') }}")
    catalogue = tree.write("cii/translations/de/cases.po", 'msgid "Pourquoi ?"\nmsgstr "Warum?"\n')
    assert write_no_break_spaces(tree.root) == [
        "templates/cases/list.html",
        "cii/cases/screens.py",
        "cii/translations/de/cases.po",
    ]
    gap = "\u00a0"
    assert (
        python.read_text("utf-8")
        == f'A = N_("Dossier {{n}}{gap}: «{gap}vu{gap}»{gap}!")\nB = "a : b"\n'
    )
    assert template.read_text("utf-8") == f"{{{{ _('Pourquoi{gap}?') }}}} ? {{{{ _('Fini') }}}}"
    assert catalogue.read_text("utf-8") == f'msgid "Pourquoi{gap}?"\nmsgstr "Warum?"\n'
    assert write_no_break_spaces(tree.root) == []
