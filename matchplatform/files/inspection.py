"""One file as it was sent, looked at from all sides, and what of it is kept."""

import hashlib
from dataclasses import dataclass

from matchplatform.core.errors import Refusal
from matchplatform.files import rules
from matchplatform.files.content import demand_ending, real_type
from matchplatform.files.documents import demand_document, is_archive
from matchplatform.files.naming import briefly, clean, with_ending
from matchplatform.files.pictures import redraw


@dataclass(frozen=True)
class Inspected:
    """A file fit to be kept; `notes` are sentences about what was done to it."""

    name: str
    media_type: str
    data: bytes
    preview: bytes
    evidence: bool
    sha256: str
    source_sha256: str
    notes: tuple[str, ...]


def inspect(sent_name: str | None, data: bytes, evidence: bool = False) -> Inspected:
    """Name and bytes as a browser sent them -> what is kept of them.

    `evidence` leaves a picture as it was sent, with time and place; it means nothing for a document. Raises Refusal
    with a sentence that names the file, the fault and the cure.
    """
    name = clean(sent_name)
    media = real_type(data, name)
    ending = demand_ending(media, name)
    kept, notes = name.text, []
    if name.shortened:
        notes.append(f"名字太长，已经存成“{kept}”。")
    elif name.mended:
        notes.append(f"名字里有不能用的字符，已经存成“{kept}”。")
    if ending != name.ending:
        kept = with_ending(kept, ending)
        notes.append(f"“{briefly(name.text)}”其实是 {rules.CALLED[media]}，已经存成“{briefly(kept)}”。")
    preview, evidence = b"", evidence and media in rules.PICTURES
    source = hashlib.sha256(data).hexdigest()
    if media in rules.PICTURES:
        if evidence and is_archive(data):
            raise Refusal(f"“{briefly(name.text)}”里夹带了压缩包，不能原样保存。",
                          "请不要勾选“保留时间和地点”，或重新导出这张图片再传。")
        picture = redraw(media, data, name, evidence)
        data, preview = picture.data, picture.preview
        if picture.place_removed:
            notes.append(f"“{briefly(kept)}”里的拍摄地点已经去掉。")
    else:
        demand_document(media, data, name)
    return Inspected(kept, media, data, preview, evidence, hashlib.sha256(data).hexdigest(), source, tuple(notes))
