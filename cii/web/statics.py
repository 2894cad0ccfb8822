"""Static files: read once, addressed by their content, compressed once, kept by browsers for ever."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from cii.access.screens import public

FOLDER = Path(__file__).resolve().parents[2] / "static"
_COMPRESSIBLE = {".css", ".js", ".svg", ".txt"}


@dataclass(frozen=True)
class _Static:
    body: bytes
    compressed: bytes | None
    media_type: str


@cache
def _files() -> tuple[dict[str, _Static], dict[str, str]]:
    files: dict[str, _Static] = {}
    addresses: dict[str, str] = {}
    # Style sheets come last: by then the font that they name has its address.
    for path in sorted(FOLDER.rglob("*"), key=lambda file: (file.suffix == ".css", file)):
        if not path.is_file() or path.suffix not in {
            ".css",
            ".js",
            ".svg",
            ".woff2",
            ".png",
            ".ico",
        }:
            continue
        body = path.read_bytes()
        name = path.relative_to(FOLDER).as_posix()
        if path.suffix == ".css":
            body = re.sub(
                rb'url\("([^"]+)"\)',
                lambda found: f'url("{addresses[found[1].decode()]}")'.encode(),
                body,
            )
        digest = hashlib.sha256(body).hexdigest()[:12]
        addressed = f"{name.removesuffix(path.suffix)}.{digest}{path.suffix}"
        compressed = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSIBLE else None
        media_type = (
            "font/woff2"
            if path.suffix == ".woff2"
            else (guess_type(path.name)[0] or "application/octet-stream")
        )
        files[addressed] = _Static(body, compressed, media_type)
        addresses[name] = f"/static/{addressed}"
    return files, addresses


def static_url(name: str) -> str:
    """The address of a static file, with the hash of its content; KeyError if there is none."""
    return _files()[1][name]


def set_up(app: Flask) -> None:
    """Serve the static files."""

    @app.get("/static/<path:name>")
    @public
    def static_file(name: str) -> Response:
        """A static file, under an address that changes with its content."""
        file = _files()[0].get(name)
        if file is None:
            raise NotFound
        response = Response(file.body, mimetype=file.media_type)
        if file.compressed and "gzip" in request.headers.get("Accept-Encoding", ""):
            response.set_data(file.compressed)
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
