"""The pages of docs/reference, written from the code: routes, roles, settings, commands. `cii reference` writes them."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import get_args

import click
from flask import Flask
from pydantic.fields import FieldInfo

from cii.access.actor import KIND_LABELS, ROLE_LABELS, Kind, Role, Seat, role_of
from cii.access.permissions import ROLES, May
from cii.access.screens import Declared
from cii.settings import ROOT, Settings, read_settings

FOLDER = ROOT / "docs" / "reference"
_WRITTEN = "Written from the code by `cii reference`; a test fails when it is out of date."


def write() -> list[Path]:
    """Write every page of the reference; returns their paths."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    return list(pages())


def pages() -> dict[Path, str]:
    """Every page of the reference as it should be now, by its path."""
    contents = {
        "routes": _routes(_product()),
        "roles": _roles(),
        "settings": _settings(),
        "commands": _commands(),
    }
    return {FOLDER / f"{name}.md": "\n".join((*lines, "")) for name, lines in contents.items()}


def _product() -> Flask:
    from cii.app import create_app

    # Put together to be looked at: it serves nobody and opens no database.
    settings = read_settings({}, secret="-" * 32, database_url="sqlite:///:memory:")
    return create_app(settings)


def _routes(app: Flask) -> Iterator[str]:
    yield "# Routes"
    yield f"\n{_WRITTEN}"
    yield (
        "\nEach route declares who may use it, or the product does not start. Which cases somebody"
        " sees is decided by the guarded session, not by the route. *Recorded*: reading the page"
        " enters the trail. [roles.md](roles.md) says which role holds which permission."
    )
    rules = sorted(
        app.url_map.iter_rules(), key=lambda rule: (_room(app, rule.endpoint), rule.rule)
    )
    for room, found in groupby(rules, key=lambda rule: _room(app, rule.endpoint)):
        rows = []
        for rule in found:
            view = app.view_functions[rule.endpoint]
            declared: Declared = vars(view)["access"]
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                permission = declared.read if method == "GET" else declared.write
                recorded = ", recorded" if declared.records and method == "GET" else ""
                who = f"{permission.value}{recorded}" if permission else "everybody"
                rows.append((method, f"`{rule.rule}`", who, _sentence(view.__doc__)))
        yield f"\n## {room}\n"
        yield from _table(("method", "path", "permission", "what it does"), rows)


def _room(app: Flask, endpoint: str) -> str:
    return ".".join(app.view_functions[endpoint].__module__.split(".")[1:2])


def _sentence(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]


def _roles() -> Iterator[str]:
    yield "# Roles"
    yield f"\n{_WRITTEN}"
    yield "\nA role follows from the kind of institution and the seat in it.\n"
    yield from _table(
        ("institution", *(seat.value for seat in Seat)),
        [(KIND_LABELS[kind], *(role_of(kind, seat).value for seat in Seat)) for kind in Kind],
    )
    yield "\n## What each role may do\n"
    yield "One table in `cii/access/permissions.py`. What a role may do at all; on which cases is another question.\n"
    yield from _table(
        ("permission", *(role.value for role in Role)),
        [
            (f"`{what.value}`", *("x" if what in ROLES[role] else "" for role in Role))
            for what in May
        ],
    )
    yield "\n## What the roles are called\n"
    yield from _table(("role", "on screen"), [(role.value, ROLE_LABELS[role]) for role in Role])


def _settings() -> Iterator[str]:
    yield "# Settings"
    yield f"\n{_WRITTEN}"
    yield (
        "\nSettings are environment variables. A wrong one stops the start with one sentence."
        " [operating.md](../operating.md) says which ones an installation needs.\n"
    )
    rows = []
    for name, field in Settings.model_fields.items():
        rows.append(
            (
                f"`CII_{name.upper()}`",
                _type(field),
                _default(field.default),
                field.description or "",
            )
        )
    yield from _table(("variable", "type", "default", "what it is for"), rows)


def _type(field: FieldInfo) -> str:
    given = field.annotation
    plain = next((each for each in get_args(given) if each is not type(None)), given)
    words = {"str": "text", "int": "number", "bool": "1 or empty", "Path": "folder"}
    name = getattr(plain, "__name__", str(plain))
    return words.get(name, name)


def _default(value: object) -> str:
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}`" if value.is_relative_to(ROOT) else f"`{value}`"
    return "" if value == "" or value is False else f"`{value}`"


def _commands() -> Iterator[str]:
    from cii.cli import main
    from cii.jobs import JOBS

    yield "# Commands"
    yield f"\n{_WRITTEN}"
    yield "\n`.venv/bin/cii COMMAND --help` says the same.\n"
    yield from _table(("command", "what it does"), list(_command_rows(main, "cii")))
    yield "\n## Jobs of the worker\n"
    yield "`cii worker` does each job once at its start and then at its time, on Valais clocks.\n"
    yield from _table(
        ("job", "what it does", "when"),
        [(f"`{job.name}`", job.purpose, _when(job.when)) for job in JOBS],
    )


def _command_rows(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(command, click.Group):
        for name, each in sorted(command.commands.items()):
            yield from _command_rows(each, f"{path} {name}")
        return
    usage = " ".join((path, *(_usage(each) for each in command.params)))
    yield f"`{usage}`", " ".join((command.help or "").split())


def _usage(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        name = (parameter.name or "").upper()
        return name if parameter.required else f"[{name}]"
    flag = parameter.opts[-1]
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return f"[{flag}]"
    if isinstance(parameter.type, click.Choice):
        return f"[{flag} {'/'.join(parameter.type.choices)}]"
    return f"[{flag} …]"


def _when(when: dict[str, str]) -> str:
    if "hour" in when:
        return f"every day at {int(when['hour']):02}:{int(when.get('minute', '0')):02}"
    if when.get("minute", "").startswith("*/"):
        return f"every {when['minute'].removeprefix('*/')} minutes"
    if "minute" in when:
        return f"every hour at {int(when['minute'])} past"
    return f"every {when['second'].removeprefix('*/')} seconds"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
