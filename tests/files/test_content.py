"""A file is what it contains: three kinds are kept, made anew; everything else gets a sentence."""

import io
import random

import pikepdf
import pytest
from PIL import Image

from cii.files.content import JPEG, PDF, PNG, accept, clean_name
from cii.foundation.texts import WrongInput
from tests.files import specimens


def sentence(data: bytes, megabytes: int = 10) -> str:
    with pytest.raises(WrongInput) as refused:
        accept(data, megabytes)
    return str(refused.value)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (specimens.pdf(), PDF),
        (specimens.picture("PNG"), PNG),
        (specimens.picture("JPEG"), JPEG),
    ],
)
def test_a_pdf_a_png_and_a_jpeg_are_kept(data, kind):
    assert accept(data, 10).media_type == kind


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "vide"),
        (b"GIF89a" + bytes(100), "PDF, ou une image"),
        (specimens.archive(), "PDF, ou une image"),
        (b"<html><script>alert(1)</script></html>", "PDF, ou une image"),
        (b"MZ" + bytes(500), "PDF, ou une image"),
        (b"\n%PDF-1.7\n", "PDF, ou une image"),
        (b"%PDF-1.7\nnothing of it", "abîmé"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "abîmé"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "abîmé"),
        (specimens.picture("PNG", (400, 400))[:-400], "abîmé"),
        (specimens.EICAR, "virus"),
        (specimens.pdf() + specimens.EICAR, "virus"),
    ],
)
def test_everything_else_is_refused_with_a_sentence(data, says):
    assert says in sentence(data)


def test_a_file_over_the_limit_is_told_the_limit():
    data = specimens.pdf()
    assert accept(data + b"\n" * (1024 * 1024 - len(data)), 1)
    assert sentence(data + b"\n" * (1024 * 1024 - len(data) + 1), 1) == (
        "Ce fichier est trop grand\u00a0: 1 Mo au plus."
    )


@pytest.mark.parametrize(
    "data",
    [
        specimens.pdf() + specimens.archive(),
        specimens.picture("PNG") + specimens.archive(),
        specimens.picture("JPEG") + specimens.archive(),
        b"%PDF-1.4\n<script>alert(1)</script>" + specimens.pdf(),
        specimens.picture("JPEG", comment=b"<html><script>alert(1)</script>"),
        specimens.picture("JPEG", comment=b"%PDF-1.4 1 0 obj"),
    ],
)
def test_a_file_that_is_two_things_at_once_is_refused(data):
    assert "autre chose" in sentence(data)


def test_a_pdf_behind_a_password_is_told_so():
    locked = specimens.pdf(encryption=pikepdf.Encryption(owner="o", user="u"))
    assert "mot de passe" in sentence(locked)


def test_a_pdf_that_only_forbids_copying_is_kept_without_its_lock():
    forbidden = specimens.pdf(encryption=pikepdf.Encryption(owner="o", user=""))
    with pikepdf.open(io.BytesIO(accept(forbidden, 10).body)) as kept:
        assert not kept.is_encrypted


def everything_in(body: bytes) -> str:
    with pikepdf.open(io.BytesIO(body)) as document:
        parts = [document.trailer.unparse(resolved=True)]
        for each in document.objects:
            parts.append(each.unparse(resolved=True))
            if isinstance(each, pikepdf.Stream):
                parts.append(each.read_bytes())
    return b"\n".join(parts).decode("latin-1")


TRACES = (
    "JavaScript",
    "OpenAction",
    "/AA",
    "Launch",
    "calc.exe",
    "evil.example",
    "app.alert",
    "xdp",
)


def test_a_pdf_keeps_its_pages_and_loses_everything_that_acts_or_is_carried_along():
    hostile = specimens.acting_pdf()
    before = everything_in(hostile)
    for trace in (*TRACES, "MZ carried along", "EmbeddedFile"):
        assert trace in before, f"the specimen lacks {trace}: the test would prove nothing"
    after = everything_in(accept(hostile, 10).body)
    for trace in (*TRACES, "MZ carried along", "EmbeddedFile", "RichMedia", "FileAttachment"):
        assert trace not in after
    assert "a remark" in after


def test_all_pages_of_a_pdf_stay():
    with pikepdf.open(io.BytesIO(accept(specimens.pdf(pages=7), 10).body)) as kept:
        assert len(kept.pages) == 7


def test_what_hangs_behind_a_pdf_is_not_kept():
    assert b"hung behind" not in accept(specimens.pdf() + b"\nhung behind", 10).body


def test_a_pdf_that_unpacks_to_far_more_than_it_weighs_is_refused():
    hostile = specimens.unpacking_pdf()
    assert len(hostile) < 200_000
    assert "abîmé" in sentence(hostile)


def test_a_picture_that_unpacks_to_far_more_than_it_weighs_is_refused():
    for size in ((8000, 8000), (10_000, 10_000), (20_000, 10_000)):
        hostile = specimens.picture("PNG", size, "1")
        assert len(hostile) < 100_000
        assert "trop grande" in sentence(hostile)


def test_a_photograph_stands_upright_and_says_no_longer_where_it_was_taken():
    taken = specimens.turned_photograph()
    assert b"taken at home" in taken
    kept = accept(taken, 10).body
    assert b"taken at home" not in kept
    assert b"Exif" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (40, 60)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
    ],
)
def test_pictures_of_every_kind_of_colour_stay_pictures(kind, mode):
    image = Image.new(mode, (30, 20))
    made = io.BytesIO()
    image.save(made, kind)
    with Image.open(io.BytesIO(accept(made.getvalue(), 10).body)) as kept:
        assert kept.size == (30, 20)


def test_the_picture_itself_is_the_same_afterwards():
    with Image.open(io.BytesIO(accept(specimens.picture("PNG"), 10).body)) as kept:
        assert kept.getpixel((5, 20)) == (0, 0, 0)
        assert kept.getpixel((55, 20)) == (255, 255, 255)


def test_no_broken_file_breaks_the_reader():
    """Bits of good and hostile files turned at random: kept or refused, never anything else."""
    chance = random.Random(20261122)
    for whole in (
        specimens.acting_pdf(),
        specimens.pdf(),
        specimens.picture("PNG"),
        specimens.turned_photograph(),
    ):
        for _ in range(150):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 12)):
                data[chance.randrange(8, len(data))] = chance.randrange(256)
            if chance.random() < 0.3:
                del data[chance.randrange(8, len(data)) :]
            try:
                accept(bytes(data), 10)
            except WrongInput:
                continue


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("procuration.pdf", "procuration.pdf"),
        ("Procuration signée.PDF", "Procuration signée.pdf"),
        ("photo.heic.jpg", "photo.heic.pdf"),
        (r"C:\Users\hugo\scan 1.pdf", "scan 1.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("rapport\u202efdp.exe", "rapportfdp.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie_ x=1.pdf"),
        ('re"port;x%0a.pdf', "re_port_x_0a.pdf"),
        ("...", "document.pdf"),
        ("", "document.pdf"),
        (".pdf", "document.pdf"),
        ("Rapport n. 3 du médecin", "Rapport n. 3 du médecin.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_file_keeps_its_name_without_what_names_should_not_contain(name, kept):
    assert clean_name(name, PDF) == kept


def test_the_ending_is_that_of_the_content():
    assert clean_name("invoice.pdf", PNG) == "invoice.png"
    assert clean_name("invoice", JPEG) == "invoice.jpg"
