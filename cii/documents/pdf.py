"""PDF: a template of ours, filled with plain texts; one compiler for each process."""

import json
import threading
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
# The compiler is kept, since it reads its fonts once; it serves one thread at a time.
_one_at_a_time = threading.Lock()


@cache
def _compiler() -> Any:
    # Imported here: the compiler is large, and most processes never print.
    import typst

    return typst.Compiler(
        root=str(_FOLDER), font_paths=[str(_FOLDER / "fonts")], ignore_system_fonts=True
    )


def make_pdf(template: str, data: dict[str, Any]) -> bytes:
    """The PDF of a template of this folder, accessible (PDF/UA-1); `data` are texts and never markup."""
    import typst

    given = {"data": json.dumps(data)}
    path = str(_FOLDER / template)
    with _one_at_a_time:
        compiler = _compiler()
        try:
            made: bytes = compiler.compile(
                path, format="pdf", sys_inputs=given, pdf_standards="ua-1"
            )
        except typst.TypstError:
            # A name in letters that our font lacks: the standard refuses what cannot be shown, and
            # a paper with an empty square that is filled in by hand is better than none.
            made = compiler.compile(path, format="pdf", sys_inputs=given)
    return made
