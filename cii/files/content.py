"""What a file really is: recognised by its content, made harmless, or refused with a sentence."""

import unicodedata
import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any, Final

from cii.foundation.texts import Phrase, WrongInput

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"

_STARTS = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG}
_ENDINGS = {PDF: ".pdf", PNG: ".png", JPEG: ".jpg"}
_LONGEST_NAME = 100

# The harmless text by which one tests whether a virus scanner is awake; joined here, so that this
# file is not mistaken for it.
_EICAR = b"".join((b"X5O!P%@AP[4\\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"))
_SCRIPTS = (b"<script", b"<html", b"<!doctype html", b"<?php", b"<svg")

# An A4 page at 600 dots an inch has 35 million; a picture of more would only fill the memory.
_MOST_PIXELS = 50_000_000
_MOST_UNPACKED = 64 * 1024 * 1024

# What a PDF may do by itself or carry along beside its pages.
_DOES = frozenset(
    {
        "/AA",
        "/OpenAction",
        "/JS",
        "/JavaScript",
        "/EmbeddedFiles",
        "/AF",
        "/XFA",
        "/Collection",
        "/URI",
    }
)
_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/GoToR",
        "/GoToE",
        "/SubmitForm",
        "/ImportData",
        "/ResetForm",
        "/Rendition",
        "/RichMediaExecute",
        "/Sound",
        "/Movie",
        "/URI",
        "/Thread",
        "/SetOCGState",
        "/Hide",
    }
)
_CARRIERS = frozenset({"/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file as it is kept: what it is, and its bytes made anew."""

    media_type: str
    body: bytes


def accept(data: bytes, megabytes: int) -> Accepted:
    """The file made anew without anything that acts; WrongInput when it is none that CII keeps.

    `megabytes` is the largest size. PDF, PNG and JPEG are recognised by their first bytes; what
    the browser calls the file does not matter.
    """
    if not data:
        raise WrongInput(Phrase("Ce fichier est vide : choisissez-en un autre."))
    if len(data) > megabytes * 1024 * 1024:
        raise WrongInput(Phrase("Ce fichier est trop grand : {n} Mo au plus.", n=megabytes))
    if _EICAR in data:
        raise WrongInput(
            Phrase("Ce fichier est signalé comme un virus : il n’a pas été enregistré.")
        )
    media_type = next((kind for start, kind in _STARTS.items() if data.startswith(start)), None)
    if media_type is None:
        raise WrongInput(Phrase("Joignez un fichier PDF, ou une image PNG ou JPEG."))
    if _is_something_else_as_well(data, media_type):
        raise WrongInput(
            Phrase(
                "Ce fichier contient autre chose qu’un document : enregistrez-le de nouveau en PDF."
            )
        )
    body = _remade_pdf(data) if media_type == PDF else _remade_picture(data, media_type)
    return Accepted(media_type, body)


def clean_name(name: str, media_type: str) -> str:
    """The file's name without folders and invisible letters, with the ending of what it is."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    letters = [
        " " if letter.isspace() else "_" if letter in '<>:"|?*;%' else letter
        for letter in last
        if letter.isspace() or not unicodedata.category(letter).startswith("C")
    ]
    stem, dot, ending = " ".join("".join(letters).split()).rpartition(".")
    if not dot or len(ending) > 5:
        stem = f"{stem}{dot}{ending}"
    return (stem.strip(". ")[:_LONGEST_NAME].strip(". ") or "document") + _ENDINGS[media_type]


def _is_something_else_as_well(data: bytes, media_type: str) -> bool:
    start = data[:1024].lower()
    if any(script in start for script in _SCRIPTS):
        return True
    if media_type != PDF and b"%pdf-" in start:
        return True
    return zipfile.is_zipfile(BytesIO(data))


def _remade_pdf(data: bytes) -> bytes:
    import pikepdf

    _limit_memory()
    made = BytesIO()
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            if len(pdf.pages) == 0:
                raise _unreadable()
            for thing in pdf.objects:
                _disarm(thing)
            for page in pdf.pages:
                _drop_emptied_annotations(page)
            pdf.save(
                made,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
    except WrongInput:
        raise
    except pikepdf.PasswordError:
        raise WrongInput(
            Phrase("Ce PDF est protégé par un mot de passe : enregistrez-le sans mot de passe.")
        ) from None
    except Exception:
        # A hostile file can fail in any way that its reader knows; it is the file that is wrong.
        raise _unreadable() from None
    return made.getvalue()


def _unreadable() -> WrongInput:
    return WrongInput(
        Phrase("Ce fichier est abîmé ou ne peut pas être lu : numérisez-le de nouveau.")
    )


@cache
def _limit_memory() -> None:
    # A few kilobytes can unpack to gigabytes; the limit holds for the whole process.
    from pikepdf import settings

    settings.set_qpdf_limits(flate_max_memory=_MOST_UNPACKED, parser_max_container_size=1_000_000)


def _disarm(thing: Any) -> None:
    """Take out of an object, and of what stands directly inside it, all that acts or is carried along."""
    import pikepdf

    if isinstance(thing, pikepdf.Array):
        for part in thing:
            _disarm_direct(part)
    elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        acts = _is_active(thing)
        for key in list(thing.keys()):
            if key in _DOES or (acts and key != "/Length"):
                del thing[key]
            else:
                _disarm_direct(thing[key])


def _disarm_direct(part: Any) -> None:
    # What is kept apart is visited by itself; following it from here would go round in circles.
    if not getattr(part, "is_indirect", False):
        _disarm(part)


def _is_active(thing: Any) -> bool:
    return (
        str(thing.get("/S", "")) in _ACTIONS
        or str(thing.get("/Subtype", "")) in _CARRIERS
        or "/EF" in thing
    )


def _drop_emptied_annotations(page: Any) -> None:
    import pikepdf

    notes = page.obj.get("/Annots")
    if isinstance(notes, pikepdf.Array):
        page.obj["/Annots"] = pikepdf.Array(
            [note for note in notes if isinstance(note, pikepdf.Dictionary) and len(note.keys())]
        )


def _remade_picture(data: bytes, media_type: str) -> bytes:
    from PIL import Image, ImageOps

    made = BytesIO()
    name = "PNG" if media_type == PNG else "JPEG"
    try:
        with Image.open(BytesIO(data), formats=[name]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise _too_many_pixels()
            upright = _plain(ImageOps.exif_transpose(picture), name)
    except WrongInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception:
        raise _unreadable() from None
    # Only the picture itself is kept: no place where it was taken, no comment, no profile.
    upright.info.clear()
    upright.save(made, name, **({"quality": 88} if name == "JPEG" else {}))
    return made.getvalue()


def _plain(picture: Any, name: str) -> Any:
    kept = {"L", "RGB"} if name == "JPEG" else {"1", "L", "LA", "RGB", "RGBA"}
    if picture.mode in kept:
        return picture
    see_through = name == "PNG" and "transparency" in picture.info
    return picture.convert("RGBA" if see_through else "RGB")


def _too_many_pixels() -> WrongInput:
    return WrongInput(
        Phrase("Cette image est trop grande : numérisez la page à 300 points par pouce.")
    )
