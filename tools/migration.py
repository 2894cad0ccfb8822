"""Writes the next migration: what the models say and a freshly migrated database does not have yet.

    make migration NAME="a case has a colour"

Read what it wrote: a column that is renamed looks like one dropped and one added, and rows that
exist may need a value. migrations/README.md has recipes.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from cii.access.migrate import MIGRATIONS, migrate
from cii.foundation.database import create_engine


def main(name: str) -> None:
    """Write migrations/versions/NNNN_name.py."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    last = ScriptDirectory.from_config(config).get_current_head() or "0000"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'cii.db'}"
        migrate(url)
        engine = create_engine(url).execution_options(unguarded=True)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            script = command.revision(
                config, message=name, autogenerate=True, rev_id=f"{int(last) + 1:04}"
            )
        engine.dispose()
    path = Path(script.path)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), "utf-8")
    for check in (["check", "--quiet", "--fix"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *check, str(path)], check=True)
    print(f"Read it, then run make test: {path.relative_to(Path.cwd())}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('Give it a name: make migration NAME="a case has a colour"')
    main(sys.argv[1].strip())
