"""The filters of the public list and of the desk as they stand in the URL. Pure."""

from dataclasses import dataclass

SORTS = {"best": "最相关", "newest": "最新发布", "issued": "成文日期新的在前", "title": "按标题"}
DESK_SORTS = {"moved": "最近有动静", "newest": "最新起草", "title": "按标题"}
MOST_WORDS = 6


@dataclass(frozen=True)
class LibraryFilter:
    """What a reader looks for; every group but `q` takes several values."""

    q: str = ""
    channel: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    validity: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    city: str = ""
    sort: str = ""
    page: int = 1

    def __post_init__(self) -> None:
        """An order that is not named or cannot be: by relevance when words are looked for, else the newest."""
        if self.sort not in SORTS or (self.sort == "best" and not self.q):
            object.__setattr__(self, "sort", "best" if self.q else "newest")

    @property
    def words(self) -> tuple[str, ...]:
        """What is looked for, word by word; all of them must stand in a document."""
        return tuple(dict.fromkeys(self.q.split()))[:MOST_WORDS]


@dataclass(frozen=True)
class DeskFilter:
    """The desk's filters; `state` holds values of the stored states, and scheduled."""

    q: str = ""
    state: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    sort: str = "moved"
    page: int = 1
