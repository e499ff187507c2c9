"""Files as people and others send them, built by the tests."""

import struct
import zipfile
import zlib
from io import BytesIO

from openpyxl import Workbook
from PIL import ExifTags, Image, PngImagePlugin

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 200
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>31,10.5N</exif:GPSLatitude></x:xmpmeta>'


def picture(form="JPEG", size=(60, 40), colour=(180, 80, 26), mode="RGB", **options):
    """A picture, red at its left upper corner so that it is seen which way is up."""
    made = Image.new(mode, size, colour)
    if mode == "RGB":
        made.paste((255, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    out = BytesIO()
    made.save(out, form, **options)
    return out.getvalue()


def telephone_picture(form="JPEG", orientation=6, **options):
    """As a telephone makes it: on its side, with time, camera and place."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Model] = "Phone 14"
    exif[ExifTags.Base.DateTime] = "2026:02:03 08:09:10"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (31.0, 15.0, 20.0), 3: "E", 4: (114.0, 0.0, 1.0)})
    return picture(form, exif=exif.tobytes(), **options)


def talkative_png():
    """A PNG with texts, XMP and a profile beside its pixels."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "摄于万冲村 31.25N")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return picture("PNG", pnginfo=texts, icc_profile=b"profile" * 20)


def place_of(data):
    """The place written in a picture."""
    with Image.open(BytesIO(data)) as found:
        return dict(found.getexif().get_ifd(ExifTags.IFD.GPSInfo))


def bomb_png(side=20_000):
    """A few bytes that claim to be a picture of many pixels."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"\x00" * 1000)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
            + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def workbook():
    out = BytesIO()
    made = Workbook()
    made.active.append(["事项", "数量"])
    made.save(out)
    return out.getvalue()


_TYPES = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
          '<Override PartName="/word/document.xml" ContentType="application/{}"/></Types>')
_PLAIN = "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def document(more=(), types=_PLAIN, text="<w:document>实施方案</w:document>"):
    """A Word document of the fewest parts; `more` are (name, bytes) to put beside them."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", _TYPES.format(types))
        made.writestr("word/document.xml", text)
        for name, body in more:
            made.writestr(name, body)
    return out.getvalue()


def archive():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "照片")
    return out.getvalue()


def pdf(body=b"", tail=b"startxref\n9\n%%EOF\n"):
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n" + body + b"\ntrailer<</Root 1 0 R>>\n" + tail


def form(files, **fields):
    """(body, content type) of a form as browsers send it: quotes and line ends of a name are escaped."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
             for name, value in fields.items()]
    for name, data in files:
        said = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        parts.append(f'Content-Disposition: form-data; name="files"; filename="{said}"\r\n'
                     "Content-Type: image/jpeg\r\n\r\n".encode() + data)
    return (b"".join(b"--limit-of-parts\r\n" + part + b"\r\n" for part in parts) + b"--limit-of-parts--\r\n",
            "multipart/form-data; boundary=limit-of-parts")
