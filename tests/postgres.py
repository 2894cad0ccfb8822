"""A PostgreSQL of the tests' own: started in a temporary folder, reached by a socket in it, removed afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from cii.access.migrate import migrate

OWNER = "cii_owner"
APP = "cii_app"
SUPERUSER = "cii_superuser"
_TEMPLATE = "cii_template"
# Nothing of a test needs to survive a power cut.
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "40",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


# Waits until the tests end, or are killed: either closes the pipe from which it reads.
_KEEPER = """
read -r _
"$1" stop -D "$2/data" -m immediate -w
rm -rf "$2"
"""


class Missing(Exception):
    """PostgreSQL's programs are not on this machine."""


def _programs() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path and shutil.which("pg_ctl"):
        return Path(on_path).resolve().parent
    raise Missing("PostgreSQL's programs are not on this machine")


def _other_user() -> dict[str, Any]:
    # PostgreSQL refuses to run as root, which is who continuous integration runs as.
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise Missing("PostgreSQL does not run as root, and there is no other user on this machine")


class Cluster:
    """One server; `database()` makes a fresh copy of the migrated database for a test."""

    def __init__(self) -> None:
        self._programs = _programs()
        self._user = _other_user()
        self._made = 0

    def __enter__(self) -> "Cluster":
        # Directly below /tmp: the name of a socket may have 107 letters at most.
        self.folder = Path(tempfile.mkdtemp(prefix="cii-pg-", dir="/tmp"))
        if self._user:
            os.chown(self.folder, self._user["user"], self._user["group"])
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "keeper", self._programs / "pg_ctl", self.folder],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **self._user,
        )
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._keeper.communicate()

    def _start(self) -> None:
        self._run(
            *("initdb", "-D", "data", "-U", SUPERUSER, "-A", "trust"),
            *("--encoding=UTF8", "--no-locale", "--no-sync"),
        )
        options = {**_OPTIONS, "unix_socket_directories": str(self.folder)}
        arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run("pg_ctl", "start", "-D", "data", "-l", "log", "-w", "-t", "60", "-o", arguments)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self.folder,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._user,
        )
        if done.returncode:
            log = self.folder / "log"
            told = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{program} failed:\n{done.stdout}\n{told}")

    def url(self, role: str, database: str) -> str:
        """The address of a database for a role, as the setting DATABASE_URL takes it."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    @contextmanager
    def raw(self, role: str, database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
        """The driver's own connection, without anything of ours between; each statement is a transaction."""
        with psycopg.connect(
            user=role, dbname=database, host=str(self.folder), autocommit=True
        ) as connection:
            yield connection

    def prepare(self) -> None:
        """Make the roles and the migrated database that the tests' databases are copies of."""
        with self.raw(SUPERUSER) as connection:
            connection.execute(f"CREATE ROLE {OWNER} LOGIN")
            connection.execute(f"CREATE ROLE {APP} LOGIN")
            connection.execute(f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER}")
        migrate(self.url(OWNER, _TEMPLATE), role=APP)

    @contextmanager
    def database(self, *, template: str = _TEMPLATE) -> Iterator[str]:
        """The name of a fresh database, dropped at the end; `template="template0"` for one without any table."""
        self._made += 1
        name = f"cii_{self._made}"
        with self.raw(SUPERUSER) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
        try:
            yield name
        finally:
            with self.raw(SUPERUSER) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
