"""Files as people attach them, and files as nobody should: made here, so that none lies in the tree."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SCRIPT = "app.alert('hello')"


def picture(
    kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: Any
) -> bytes:
    """A small picture, dark on the left and light on the right."""
    image = Image.new(mode, size, 0)
    image.paste(image.resize((size[0] // 2, size[1])).point(lambda _: 255), (size[0] // 2, 0))
    made = io.BytesIO()
    image.save(made, kind, **more)
    return made.getvalue()


def turned_photograph() -> bytes:
    """A photograph as a phone takes it: lying, with a note to turn it, and with the place."""
    image = Image.new("RGB", (60, 40), "white")
    exif = image.getexif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    made = io.BytesIO()
    image.save(made, "JPEG", exif=exif, comment=b"taken at home")
    return made.getvalue()


def pdf(pages: int = 1, *, root: Mapping[str, Any] | None = None, **options: Any) -> bytes:
    """A PDF of blank pages; `root` adds entries to its catalogue."""
    made = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        for name, value in (root or {}).items():
            document.Root[name] = value
        document.save(made, **options)
    return made.getvalue()


def acting_pdf() -> bytes:
    """A PDF that does everything a page should not: at opening, by a click, by a field, by what it carries."""

    def script() -> Any:
        return Dictionary(S=Name.JavaScript, JS=String(SCRIPT))

    made = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page()
        carried = document.make_stream(b"MZ carried along")
        carried.stream_dict.Type = Name.EmbeddedFile
        spec = document.make_indirect(
            Dictionary(Type=Name.Filespec, F=String("carried.exe"), EF=Dictionary(F=carried))
        )
        document.Root.OpenAction = script()
        document.Root.AA = Dictionary(WC=script())
        document.Root.Names = Dictionary(
            JavaScript=Dictionary(Names=Array([String("start"), document.make_indirect(script())])),
            EmbeddedFiles=Dictionary(Names=Array([String("carried.exe"), spec])),
        )
        document.Root.AF = Array([spec])
        document.Root.AcroForm = Dictionary(
            Fields=Array([]), XFA=document.make_stream(b"<xdp:xdp><script>x</script></xdp:xdp>")
        )
        launch = Dictionary(
            S=Name.Launch,
            F=String("calc.exe"),
            Next=Array([Dictionary(S=Name.URI, URI=String("https://evil.example/"))]),
        )
        rectangle = Array([0, 0, 50, 50])
        annotations = [
            Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=rectangle, A=launch),
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("f"), Rect=rectangle,
                AA=Dictionary(K=script()), A=document.make_indirect(script()),
            ),
            Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=rectangle, FS=spec),
            Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=rectangle),
            Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=rectangle, Contents=String("a remark")),
        ]  # fmt: skip
        page.obj.Annots = Array([document.make_indirect(each) for each in annotations])
        document.Root.AcroForm.Fields = Array([page.obj.Annots[1]])
        page.obj.AA = Dictionary(O=script())
        document.save(made, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return made.getvalue()


def unpacking_pdf(megabytes: int = 100) -> bytes:
    """A small PDF whose objects unpack to many megabytes."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"1 0 \n<<>>")
    packed += b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes))
    packed += packer.flush()
    body = b"%PDF-1.5\n"
    objects_at = len(body)
    body += b"4 0 obj\n<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>\nstream\n" % len(
        packed
    )
    body += packed + b"\nendstream\nendobj\n"
    table_at = len(body)
    rows = b"".join(
        kind.to_bytes(1, "big") + place.to_bytes(4, "big") + more.to_bytes(2, "big")
        for kind, place, more in (
            *((0, 0, 65535), (2, 4, 0), (0, 0, 0), (0, 0, 0)),
            *((1, objects_at, 0), (1, table_at, 0)),
        )
    )
    body += b"5 0 obj\n<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>\nstream\n" % len(rows)
    return body + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % table_at


def archive() -> bytes:
    """A ZIP archive, to be hung behind something else."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("run.exe", b"MZ")
    return made.getvalue()
