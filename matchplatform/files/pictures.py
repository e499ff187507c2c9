"""Pictures are decoded and saved afresh: what was written beside the pixels (place, time, camera, texts) stays behind.

Kept: the pixels upright as the camera meant them, and the colour profile. JPEG and WebP are saved at quality 90, which
the eye does not tell from the original; PNG and lossless WebP lose nothing.
"""

import threading
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, ImageOps

from matchplatform.core.errors import Refusal
from matchplatform.files import rules
from matchplatform.files.naming import Name, briefly

QUALITY = 90
MOST_PIXELS = 64_000_000       # a telephone's 50 megapixels fit; they take 400 MB while they are turned and saved
LARGEST_PROFILE = 256 * 1024   # a colour profile of this size is one; more is a hiding place
PREVIEW_SIDE, PREVIEW_QUALITY = 480, 80

_FORMATS = {rules.JPEG: "JPEG", rules.PNG: "PNG", rules.WEBP: "WEBP"}
_PLACE = ExifTags.IFD.GPSInfo
_one_at_a_time = threading.Lock()  # two large pictures at once would be a gigabyte


@dataclass(frozen=True)
class Picture:
    """What is kept of a picture: its bytes, a small JPEG to show, and whether a place was taken out of it."""

    data: bytes
    preview: bytes
    place_removed: bool


def redraw(media: str, data: bytes, name: Name, evidence: bool) -> Picture:
    """Decode a picture and save it without what stands beside the pixels; as `evidence` it stays as it was sent.

    Raises Refusal for what does not decode, is too large to unpack, or moves.
    """
    with _one_at_a_time:
        try:
            return _redrawn(media, data, f"“{briefly(name.text)}”", evidence)
        except Refusal:
            raise
        except Exception as fault:  # decoders raise all kinds of errors on crafted bytes
            raise Refusal(f"“{briefly(name.text)}”打不开，图片已经损坏。",
                          "请在电脑上打开看看，重新导出一份再传。") from fault


def _open(media: str, data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=(_FORMATS[media],))


def _redrawn(media: str, data: bytes, said: str, evidence: bool) -> Picture:
    try:
        with _open(media, data) as first:
            width, height = first.size
            frames = getattr(first, "n_frames", 1) if media != rules.JPEG else 1  # a telephone's depth map is no film
            if width * height <= MOST_PIXELS:
                first.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        width, height, frames = MOST_PIXELS, 2, 1
    if width * height > MOST_PIXELS:
        raise Refusal(f"{said}的像素太多，最多 {MOST_PIXELS // 10_000} 万。", "请把图片缩小再传。")
    if frames > 1:
        raise Refusal(f"{said}是会动的图片，不收。", "请另存为不动的 JPEG 图片再传。")
    with _open(media, data) as opened:
        place = bool(opened.getexif().get_ifd(_PLACE))
        opened.load()
        ImageOps.exif_transpose(opened, in_place=True)
        profile = opened.info.get("icc_profile") or b""
        kept = {"transparency": opened.info["transparency"]} if "transparency" in opened.info else {}
        opened.info.clear()  # whatever else was read (comment, XMP, texts) would be written again
        opened.info.update(kept)
        preview = _preview(opened)
        if evidence:
            return Picture(data, preview, False)
        return Picture(_saved(media, opened, data, profile), preview, place)


def _saved(media: str, picture: Image.Image, data: bytes, profile: bytes) -> bytes:
    options: dict[str, Any] = {"icc_profile": profile} if 0 < len(profile) <= LARGEST_PROFILE else {}
    if media == rules.JPEG:
        options |= {"quality": QUALITY, "optimize": True, "progressive": True}
        if picture.mode not in ("L", "RGB", "CMYK"):
            picture = picture.convert("RGB")
    elif media == rules.WEBP:
        options |= {"lossless": True} if b"VP8L" in data[:64] else {"quality": QUALITY}
    out = BytesIO()
    picture.save(out, _FORMATS[media], **options)
    return out.getvalue()


def _preview(picture: Image.Image) -> bytes:
    """A small JPEG on white ground."""
    if picture.mode in ("RGBA", "LA", "PA", "P") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    scale = min(1.0, PREVIEW_SIDE / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = picture.resize(size, reducing_gap=2.0)
    if small.mode == "RGBA":
        ground = Image.new("RGB", small.size, "white")
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    out = BytesIO()
    small.convert("RGB").save(out, "JPEG", quality=PREVIEW_QUALITY, optimize=True)
    return out.getvalue()
