"""One page of a longer list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """`items` of page `page` (from 1), `size` a page, out of `total`."""

    items: Sequence[T]
    page: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def near(self) -> list[int]:
        """The pages that a pager names or leaves a gap for: the ends, and some around the present one."""
        around = range(self.page - 3, self.page + 4)
        return sorted({1, self.pages, *(n for n in around if 1 <= n <= self.pages)})

    @property
    def first(self) -> int:
        return min(self.total, (self.page - 1) * self.size + 1)

    @property
    def last(self) -> int:
        return min(self.total, self.page * self.size)


def within(page: int, size: int, total: int) -> int:
    """The nearest page that exists: a bookmark of page 9 in a list that shrank to 3 shows page 3."""
    return max(1, min(page, -(-total // size) if total else 1))
