"""A class that a template names has a style: a misspelt one would only be seen by eye."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHEETS = "".join((ROOT / "static" / name).read_text() for name in ("vendor/govuk.css", "cii.css"))
STYLED = set(re.findall(r"\.((?:cii|govuk)-[\w!-]+)", SHEETS.replace("\\!", "!")))
# Marks that the components of GOV.UK Frontend carry without any style.
UNSTYLED = {"govuk-checkboxes", "govuk-file-upload--error"}
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def classes_in(template: str) -> set[str]:
    """The whole class names of a template; one that Jinja puts together is left out."""
    names: set[str] = set()
    for attribute in re.findall(r'class="([^"]*)"', template):
        plain = re.sub(r"\{%.*?%\}", " ", attribute)
        names.update(name for name in plain.split() if "{" not in name and "}" not in name)
    return {name for name in names if re.match(r"(?:cii|govuk)-", name)}


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=[str(t.relative_to(ROOT / "templates")) for t in TEMPLATES]
)
def test_every_class_of_a_template_has_a_style(template: Path) -> None:
    assert classes_in(template.read_text("utf-8")) - STYLED - UNSTYLED == set()
