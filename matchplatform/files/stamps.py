"""When and where a picture says it was taken: the camera's own word, which may be wrong and can be made up."""

import datetime as dt
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from matchplatform.core.clock import SHANGHAI

_SHUTTER = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized)
_MOMENT = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")


@dataclass(frozen=True)
class Stamp:
    """The camera's clock, taken for that of Shanghai, and degrees north and east; None where nothing is said."""

    taken_at: dt.datetime | None = None
    north: float | None = None
    east: float | None = None

    @property
    def place(self) -> str:
        """北纬 31.2556°，东经 114.0003°: within ten metres."""
        if self.north is None or self.east is None:
            return ""
        return (f"{'北' if self.north >= 0 else '南'}纬 {abs(self.north):.4f}°，"
                f"{'东' if self.east >= 0 else '西'}经 {abs(self.east):.4f}°")


def stamp_of(path: Path) -> Stamp:
    """Read it from a stored picture; what cannot be read says nothing."""
    try:
        with Image.open(path) as opened:
            exif = opened.getexif()
            original, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # what hangs on a picture may be crafted; decoders raise all kinds of errors on it
        return Stamp()
    said = (*(original.get(tag) for tag in _SHUTTER), exif.get(ExifTags.Base.DateTime))
    taken = next((moment for moment in map(_moment, said) if moment is not None), None)
    north = _degrees(place.get(ExifTags.GPS.GPSLatitude), place.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    east = _degrees(place.get(ExifTags.GPS.GPSLongitude), place.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    return Stamp(taken, north, east) if north is not None and east is not None else Stamp(taken)


def _moment(text: Any) -> dt.datetime | None:
    found = _MOMENT.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        return dt.datetime(*(int(one) for one in found.groups()), tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]
    except ValueError:  # 0000:00:00, the clock that was never set
        return None


def _degrees(parts: Any, half: Any, other: str, most: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(one) for one in parts)
        value = degrees + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    return -value if half == other else value
