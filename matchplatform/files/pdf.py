"""What a PDF can do by itself, found without a reader: known ways of running something or carrying other files.

It is no proof of harmlessness. The names of the known ways are looked for as a reader would meet them: with their
`#xx` escapes undone, in each object from its `obj` on whatever lies around it (also in the body of a stream), and in
object streams, which are unpacked within bounds. What cannot be looked into is told apart and refused by whoever asks:
an encrypted file, an object stream in any dress but plain Flate. What a fault of one reader makes of a picture or a
font is beyond this.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MOST_OBJECT_STREAMS = 10_000
MOST_UNPACKED = 50 * 1024 * 1024  # bytes of all object streams together
MOST_PARTS = 4_000_000            # names, strings and brackets that are looked at
MOST_NAMES = 100_000              # of one object
MOST_LOOKS = 4                    # how often each byte is looked at: objects that claim to lie in one another

RUNS, LOCKED, CLOSED, BOMB, TANGLED = "runs", "locked", "closed", "bomb", "tangled"

# So long that chance does not write them: they are looked for in every byte of the file.
_LONG = frozenset({b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"FileAttachment", b"RichMedia",
                   b"Rendition", b"ImportData", b"SubmitForm", b"GoToE", b"OnInstantiate"})
_SHORT = frozenset({b"JS", b"AA", b"EF", b"XFA"})  # only where names stand
_OTHER_FILTERS = frozenset({b"ASCIIHexDecode", b"AHx", b"ASCII85Decode", b"A85", b"LZWDecode", b"LZW",
                            b"RunLengthDecode", b"RL", b"Crypt"})

_SPACE, _END = rb"\x00\t\n\x0c\r ", rb"\x00\t\n\x0c\r ()<>\[\]{}/%"
_NAME = re.compile(rb"/[^" + _END + rb"]+")
_OBJECT = re.compile(rb"(?<=[" + _SPACE + rb"0-9])obj(?=[" + _END + rb"]|\Z)")
_STREAM = rb">>(?:[" + _SPACE + rb"]|%[^\r\n]*+[\r\n])*+stream(?=[" + _END + rb"]|\Z)"
# Passed over: comments, strings without brackets in them, hex strings, whatever else says nothing here.
_PASSED = (rb"(?:[^%(/<>o]++|%[^\r\n]*+|\((?:[^()\\]|\\.)*+\)|<<|<[^>]*+>?|(?!" + _STREAM + rb")>"
           rb"|(?!" + _OBJECT.pattern + rb")o|/(?=[" + _END + rb"]|\Z))*+")
_PART = re.compile(_PASSED + rb"(\(|" + _NAME.pattern + rb"|" + _STREAM + rb"|" + _OBJECT.pattern + rb")", re.DOTALL)
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_LINE_END = re.compile(rb"[ \t]*(?:\r\n|\n|\r)")
_ONLY_FILTER = re.compile(rb"[" + _SPACE + rb"\[]*")


class Fault(Exception):
    """Why a PDF is not taken: one of RUNS, LOCKED, CLOSED, BOMB, TANGLED."""


@dataclass(frozen=True)
class _Name:
    """A name without its slash and its escapes, and where it stands."""

    text: bytes
    start: int
    end: int


def demand_quiet(data: bytes) -> None:
    """See that none of the known ways is in the file. Raises Fault."""
    work, locked = _Work(MOST_LOOKS * len(data) + 65_536), False
    for one in _NAME.finditer(data):
        work.part()
        name = _plain(one.group())
        if name in _LONG:
            raise Fault(RUNS)
        locked = locked or name == b"Encrypt"
    if locked:
        raise Fault(LOCKED)
    for one in _OBJECT.finditer(data):
        names, body = _object(data, one.end(), work)
        texts = {name.text for name in names}
        if texts & _SHORT:
            raise Fault(RUNS)
        if body is not None and (b"ObjStm" in texts or {b"N", b"First"} <= texts):
            _demand_quiet_stream(data, names, body, work)


class _Work:
    """What the search may cost, and has cost."""

    def __init__(self, looks: int) -> None:
        self._looks, self._parts, self._streams, self._unpacked = looks, MOST_PARTS, MOST_OBJECT_STREAMS, MOST_UNPACKED

    def part(self) -> None:
        """One more name, string or bracket."""
        self._parts -= 1
        if self._parts < 0:
            raise Fault(TANGLED)

    def looked(self, count: int) -> None:
        """So many bytes more."""
        self._looks -= count
        if self._looks < 0:
            raise Fault(TANGLED)

    def unpack(self, packed: bytes) -> bytes:
        """What an object stream holds; never more than what is left of the bound."""
        self._streams -= 1
        if self._streams < 0:
            raise Fault(TANGLED)
        unpacker = zlib.decompressobj()
        try:
            text = unpacker.decompress(packed, self._unpacked + 1)
        except zlib.error as fault:
            raise Fault(CLOSED) from fault
        self._unpacked -= len(text)
        if self._unpacked < 0:
            raise Fault(BOMB)
        if not unpacker.eof:
            raise Fault(CLOSED)
        return text


def _plain(name: bytes) -> bytes:
    """A name without its slash, its #xx escapes undone."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), name[1:]) if b"#" in name else name[1:]


def _object(data: bytes, start: int, work: _Work) -> tuple[list[_Name], int | None]:
    """The names of the object that begins here, and where the body of its stream begins, if it has one."""
    names: list[_Name] = []
    for part, place, end in _parts(data, start, work):
        if part[:1] == b"/":
            if len(names) == MOST_NAMES:
                raise Fault(TANGLED)
            names.append(_Name(_plain(part), place, end))
        elif part == b"obj":
            return names, None
        elif part[:2] == b">>":
            return names, end
    return names, None


def _parts(data: bytes, start: int, work: _Work) -> Iterator[tuple[bytes, int, int]]:
    """Names, the next `obj` and the word `stream` after a dictionary, where a reader would see them: not in strings
    and comments."""
    place = start
    while (found := _PART.match(data, place)) is not None:
        work.part()
        part, end = found[1], found.end()
        if part == b"(":
            end = _string_end(data, end, work)
        work.looked(end - place)
        place = end
        if part != b"(":
            yield part, found.start(1), end
    work.looked(len(data) - place)


def _string_end(data: bytes, start: int, work: _Work) -> int:
    depth = 1
    for found in _IN_STRING.finditer(data, start):
        work.part()
        depth += {b"(": 1, b")": -1}.get(found.group(), 0)
        if not depth:
            return found.end()
    return len(data)


def _demand_quiet_stream(data: bytes, names: list[_Name], body: int, work: _Work) -> None:
    """Look into an object stream: every name in it, also where a reader would see none."""
    filters = [i for i, name in enumerate(names) if name.text == b"Filter"]
    texts = [name.text for name in names]
    if len(filters) != 1 or texts[filters[0] + 1:filters[0] + 2] != [b"FlateDecode"] or (
            b"Predictor" in texts or _OTHER_FILTERS & set(texts)):
        raise Fault(CLOSED)
    key, kind = names[filters[0]], names[filters[0] + 1]
    line_end = _LINE_END.match(data, body)
    if _ONLY_FILTER.fullmatch(data, key.end, kind.start) is None or line_end is None:
        raise Fault(CLOSED)
    last = data.find(b"endstream", line_end.end())
    for one in _NAME.finditer(work.unpack(data[line_end.end():last if last >= 0 else len(data)])):
        work.part()
        if _plain(one.group()) in _LONG | _SHORT:
            raise Fault(RUNS)
