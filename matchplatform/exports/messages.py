"""Lines for a group chat: numbered, short, in pieces that a chat takes at once."""

from collections.abc import Sequence

LONGEST = 2_000  # characters of one message


def pieces(title: str, items: Sequence[str], footer: str = "", longest: int = LONGEST) -> list[str]:
    """The items under their title, in messages of at most `longest` characters; an item is never torn, unless it
    alone is too long for a message. From two messages on, each says which one it is."""
    room = longest - len(title) - len(footer) - 24  # for （第 12 段，共 34 段） and line ends
    if room < 40:
        raise ValueError("title and footer leave no room")
    parts: list[list[str]] = [[]]
    used = 0
    for item in items:
        short = item if len(item) <= room else item[:room - 1] + "…"
        if parts[-1] and used + len(short) + 2 > room:
            parts.append([])
            used = 0
        parts[-1].append(short)
        used += len(short) + 2
    told = []
    for n, part in enumerate(parts, 1):
        head = title if len(parts) == 1 else f"{title}（第 {n} 段，共 {len(parts)} 段）"
        told.append("\n\n".join([head, *part, *([footer] if footer else [])]))
    return told
