"""The `cii` command: everything that is not done on a screen."""

import getpass
import os
import sys
from datetime import date
from pathlib import Path

import click

from cii.foundation.texts import LANGUAGES, N_, Phrase
from cii.settings import Settings, SettingsError, read_settings


class Failure(click.ClickException):
    """A command that cannot go on: one clear sentence, exit code 1."""

    def show(self, file: object = None) -> None:
        """Print the sentence."""
        click.echo(f"cii: {self.message}", err=True)


class NotUnderstood(Failure):
    """What another system handed in is not of the agreed form: what is wrong with it, exit code 2."""

    exit_code = 2


def _settings(**given: object) -> Settings:
    try:
        return read_settings(**given)  # type: ignore[arg-type]
    except SettingsError as error:
        raise Failure(str(error)) from None


def _store(settings: Settings):  # type: ignore[no-untyped-def]
    from cii.access.store import Store

    return Store(settings.database)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """CII: the canton of Valais coordinates people's return to work across institutions."""


@main.command()
def run() -> None:
    """Start the web server and the worker; in demo mode with the demo canton. PORT chooses the port."""
    from cii.serving import check_port, serve

    settings = _settings()
    _writable(settings)
    try:
        check_port(settings)
    except SettingsError as error:
        raise Failure(str(error)) from None
    if settings.database.startswith("sqlite") or settings.owner_url:
        _migrate(settings)
    if settings.demo:
        _demo(settings)
    sys.exit(serve(settings, {**os.environ, "CII_DEMO": "1" if settings.demo else ""}))


def _writable(settings: Settings) -> None:
    try:
        # What lies there is about people: nobody else on this machine looks into it.
        settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = settings.var / ".writable"
        probe.touch()
        probe.unlink()
    except OSError:
        raise Failure(
            f"the folder {settings.var} cannot be written: choose another with CII_VAR"
        ) from None


def _migrate(settings: Settings) -> None:
    from sqlalchemy.engine import make_url

    from cii import tables  # noqa: F401 - every table must be known
    from cii.access.migrate import migrate as bring_up_to_date

    role = make_url(settings.database).username if settings.owner_url else None
    bring_up_to_date(settings.owner_url or settings.database, role=role)


def _demo(settings: Settings) -> None:
    from cii.demo.canton import build, cast, is_there

    store = _store(settings)
    if not is_there(store):
        click.echo("Building the demo canton: 122 communes, 10 offices, 60 announcements ...")
        build(store, settings)
    click.echo("\nSign in by one click as one of the cast:")
    for line in cast(store):
        click.echo(f"  {line}")
    store.close()


@main.command()
def worker() -> None:
    """Run the jobs at their times; several workers may run at once."""
    import logging

    from cii import tables  # noqa: F401 - every table must be known
    from cii.jobs import run_worker

    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    # That a long job misses a tick of the timer is no news; that a job fails is.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    run_worker(_settings())


@main.command()
@click.option("--down-to", default="", help="Take migrations back to this revision.")
def migrate(down_to: str) -> None:
    """Bring the database to the present state; on PostgreSQL as CII_OWNER_URL, with the policies."""
    from sqlalchemy.engine import make_url

    from cii import tables  # noqa: F401 - every table must be known
    from cii.access.migrate import migrate as bring_up_to_date

    settings = _settings()
    _writable(settings)
    role = make_url(settings.database).username if settings.owner_url else None
    address = settings.owner_url or settings.database
    if down_to:
        bring_up_to_date(address, role=role, revision=down_to)
    else:
        bring_up_to_date(address, role=role)
    click.echo("The database is up to date.")


@main.command()
def setup() -> None:
    """Enter the register of communes, the institutions and the catalogue of measures; safe to run again."""
    from cii import tables  # noqa: F401 - every table must be known
    from cii.access.system import Reason
    from cii.measures.setup import enter_catalogue
    from cii.organisations.setup import set_up_canton

    with _store(_settings()).system(Reason.SET_UP) as session:
        set_up_canton(session)
        enter_catalogue(session)
    click.echo("The communes, the institutions and the catalogue of measures are entered.")


@main.group(name="import")
def import_group() -> None:
    """Import people or announcements from CSV or XLSX."""


FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
DRY_RUN = click.option("--dry-run", is_flag=True, help="Check only; write nothing.")


@import_group.command()
@FILE
@DRY_RUN
def people(file: Path, dry_run: bool) -> None:
    """Enter the people of a file; with a single error nothing is written."""
    from cii.access.system import Reason
    from cii.organisations.people_import import import_people

    with _store(_settings()).system(Reason.IMPORT) as session:
        report = import_people(session, file.read_bytes(), only_check=dry_run)
    _show_errors(report.errors)
    click.echo(f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged.")


def _show_errors(errors: tuple[object, ...]) -> None:
    for error in errors:
        column = f", {error.column}" if error.column else ""  # type: ignore[attr-defined]
        click.echo(f"line {error.line}{column}: {error.phrase}", err=True)  # type: ignore[attr-defined]
    if errors:
        raise Failure(f"{len(errors)} errors; nothing was imported")


@import_group.command()
@FILE
@DRY_RUN
def announcements(file: Path, dry_run: bool) -> None:
    """Enter the announcements of a file; with a single error nothing is written."""
    from cii import tables  # noqa: F401 - every table must be known
    from cii.cases.importing import import_announcements

    settings = _settings()
    report = import_announcements(_store(settings), settings, file.read_bytes(), dry_run=dry_run)
    _show_errors(report.errors)
    click.echo(
        f"{report.announced} announced, {report.to_complete} to complete, {report.known} known already."
    )


@main.command(name="set-password")
@click.argument("email")
def set_password(email: str) -> None:
    """Set somebody's password; asks for it, or reads it from standard input."""
    from cii.signin.actions import set_password as keep_password

    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        keep_password(_store(_settings()), email, password)
    except (LookupError, ValueError) as error:
        raise Failure(str(error)) from None
    click.echo("The password is set.")


@main.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def rules(form: str) -> None:
    """List every rule of the five documents: enforced where and by which test, or not yet."""
    from cii.programmes.enforcement import as_json, as_text, rules_table

    rows = rules_table()
    click.echo(as_json(rows) if form == "json" else as_text(rows))


ROUTE_EXAMPLE = """
\b
Example:
  echo '{"id": "r1", "origin": "social-aid", "regimes": ["LIAS"],
         "measure": "language-course", "commune": 6266,
         "article_59d": false, "outside_canton": false,
         "choice": null, "cms_follow_up": true}' | cii route

One object or a list of objects, in UTF-8; all fields are needed but cms_follow_up, which is false unless given. The
answers come in the same shape and order. Exit code 2 and no answer when the input is not of this form.
"""


@main.command(epilog=ROUTE_EXAMPLE)
@click.argument(
    "file", type=click.Path(path_type=Path, allow_dash=True), default="-", metavar="[FILE]"
)
@click.option("--language", type=click.Choice(LANGUAGES), default="fr", help="Of the messages.")
def route(file: Path, language: str) -> None:
    """Say who pays a measure under which law and whose turn it is; asks and answers in JSON."""
    from cii.foundation.json_objects import NotOfThisForm
    from cii.organisations.setup import read_register
    from cii.programmes.route_json import answer_routes

    communes = frozenset(commune.number for commune in read_register())
    try:
        answers = answer_routes(_read(file), communes=communes, language=language)
    except NotOfThisForm as error:
        raise NotUnderstood(error.told(language)) from None
    # The answers are UTF-8 whatever the terminal speaks.
    click.echo(answers.encode(), nl=False)


def _read(file: Path) -> bytes:
    """The bytes of a file, or of standard input for "-"; no more than are needed to see that they are too many."""
    from cii.foundation.json_objects import LIMIT, NotOfThisForm

    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(LIMIT + 1) if sys.stdin else b""
        with file.open("rb") as opened:
            return opened.read(LIMIT + 1)
    except OSError:
        unreadable = Phrase(N_("Le fichier {file} ne peut pas être lu."), file=file)
        raise NotOfThisForm(unreadable) from None


@main.group()
def demo() -> None:
    """The demo canton."""


@demo.command()
def reset() -> None:
    """Throw the demo canton away and build it again."""
    settings = _settings(demo=True)
    if settings.database_url:
        raise Failure("only the demo's own SQLite database is thrown away: unset DATABASE_URL")
    for name in ("cii.db", "cii.db-wal", "cii.db-shm"):
        (settings.var / name).unlink(missing_ok=True)
    _writable(settings)
    _migrate(settings)
    _demo(settings)


@main.command()
@click.option("--repair", is_flag=True, help="Derive the lines of the cases that differ again.")
def doctor(repair: bool) -> None:
    """Check that the access table equals what parts and procurations say."""
    from cii import tables  # noqa: F401 - every table must be known
    from cii.access.system import Reason
    from cii.consent.derive import derive_by_system, differences

    reason = Reason.DERIVE_ACCESS if repair else Reason.CHECK
    with _store(_settings()).system(reason, writes=repair) as session:
        found = differences(session)
        if repair and found:
            derive_by_system(session, found)
    for case_id in found:
        click.echo(
            f"case {case_id}: the access table {'differed' if repair else 'differs'}", err=True
        )
    if found and not repair:
        raise Failure(f"{len(found)} cases differ; cii doctor --repair derives their lines again")
    click.echo("The access table equals the parts and procurations of every case.")
    _check_mails()


def _check_mails() -> None:
    from cii.access.system import Reason
    from cii.delivery.queries import standing
    from cii.delivery.sending import CLAIM
    from cii.foundation.clock import now

    with _store(_settings()).system(Reason.CHECK, writes=False) as session:
        found = standing(session, now(), CLAIM)
    if found.relay_trouble:
        click.echo(f"mails: the relay does not work: {found.relay_trouble.value}", err=True)
    if found.unsettled:
        click.echo(f"mails: {found.unsettled} did not arrive, or perhaps not: /messages", err=True)
    if found.abandoned:
        raise Failure(
            f"{found.abandoned} mails wait for a sender that is gone: is a worker running?"
        )
    click.echo(f"{found.waiting} mails wait, {found.sent} have left.")


@main.group()
def outbox() -> None:
    """The mails: how they stand, and what the relay's log says of uncertain ones."""


@outbox.command()
def status() -> None:
    """How many mails there are in each state, since when the oldest waits, and what is wrong."""
    from cii import tables  # noqa: F401 - every table must be known
    from cii.access.system import Reason
    from cii.delivery.queries import standing
    from cii.delivery.sending import CLAIM
    from cii.foundation.clock import now
    from cii.foundation.days import format_moment
    from cii.outbox.lifecycle import State

    with _store(_settings()).system(Reason.CHECK, writes=False) as session:
        found = standing(session, now(), CLAIM)
    for state in State:
        click.echo(f"{state.value:10} {found.counts.get(state, 0)}")
    if found.waiting_since:
        click.echo(f"The oldest waits since {format_moment(found.waiting_since)}.")
    if found.relay_trouble:
        click.echo(f"The relay does not work: {found.relay_trouble.value}.")
    if found.abandoned:
        click.echo(f"{found.abandoned} are with a sender that is gone; a worker settles them.")


@outbox.command(name="reconcile")
@click.option(
    "--log",
    "log_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The relay's log, as postfix writes it.",
)
@click.option(
    "--complete",
    is_flag=True,
    help="The log covers the whole time: what it does not name is sent again.",
)
def reconcile_outbox(log_file: Path, complete: bool) -> None:
    """Settle uncertain mails by the relay's log: what it took has left, what it gave back came back."""
    from cii import tables  # noqa: F401 - every table must be known
    from cii.delivery.reconciling import reconcile

    with log_file.open(encoding="utf-8", errors="replace") as lines:
        done = reconcile(_store(_settings()), lines, complete=complete)
    click.echo(
        f"{done.sent} had left, {done.returned} came back, {done.again} are sent again,"
        f" {done.open} are still uncertain."
    )


@main.group()
def monthly() -> None:
    """The monthly updates: how they stand, and the one mail of each professional."""


@monthly.command(name="run")
@click.option("--month", required=True, help="Of the updates, as 2026-11.")
@click.option("--dry-run", is_flag=True, help="Count, and leave nothing.")
def run_monthly(month: str, dry_run: bool) -> None:
    """Queue the mails of a month for those who are due and have none yet; safe to run again."""
    from cii import tables  # noqa: F401 - every table must be known
    from cii.foundation.clock import now
    from cii.monthly.rounds import HandedOver, hand_over

    def tell(done: HandedOver) -> None:
        if done.readers:
            click.echo(f"{done.readers} readers", err=True)

    done = hand_over(_store(_settings()), _month(month), now(), dry_run=dry_run, progress=tell)
    would = "would be " if dry_run else ""
    click.echo(
        f"{done.mails} mails {would}queued with {done.updates} updates;"
        f" {done.paused} read in the product alone, {done.known} had theirs already,"
        f" {done.later} are not due yet."
    )


@monthly.command(name="status")
@click.option(
    "--month", default="", help="Of the updates, as 2026-11; otherwise this one and the one before."
)
def monthly_status(month: str) -> None:
    """Say how many updates are written, late, handed over, and where their mails stand."""
    from cii import tables  # noqa: F401 - every table must be known
    from cii.access.system import Reason
    from cii.foundation.clock import now, today
    from cii.foundation.days import format_moment, months_after
    from cii.monthly.inputs import month_key
    from cii.monthly.models import UpdateState
    from cii.monthly.rounds import standing

    this = today().replace(day=1)
    months = [_month(month)] if month else [months_after(this, -1), this]
    with _store(_settings()).system(Reason.CHECK, writes=False) as session:
        found = [standing(session, each, today()) for each in months]
    for each in found:
        click.echo(month_key(each.month))
        for state in UpdateState:
            click.echo(f"  {state.value:12} {each.updates.get(state, 0)}")
        click.echo(f"  {'handed over':12} {each.handed_over}")
        click.echo(f"  {'late':12} {each.late}")
        for state_of_mail, count in sorted(each.messages.items()):
            click.echo(f"  {f'mails {state_of_mail}':12} {count}")
        if each.without_reader:
            click.echo(
                f"  {each.without_reader} cases have nobody to read: whoever announced has left, and no head is there."
            )
        for moment, done in each.schedules:
            how = "left" if done else "leaves" if moment > now() else "waits for a worker since"
            click.echo(f"  {how} {format_moment(moment)}")


def _month(text: str) -> date:
    from cii.monthly.inputs import month_in

    month = month_in(text)
    if month is None:
        raise Failure(f"not a month: {text}; write it as 2026-11")
    return month


@main.command()
def reference() -> None:
    """Write docs/reference: routes, role matrix, settings, from the code."""
    from cii.reference import write

    for path in write():
        click.echo(path)


if __name__ == "__main__":
    main()
