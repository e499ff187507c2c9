"""Who takes a list out: what the scopes ask of a person, free of the session, so that a long reading may end its
transactions on the way."""

from dataclasses import dataclass
from typing import Any

from matchplatform.core.phone import masked


@dataclass(frozen=True)
class Reader:
    """A user's role and reach; a visitor has no id and no role."""

    id: int | None = None
    name: str = "访客"
    role: str = ""
    city_code: str | None = None
    county_code: str | None = None
    township_code: str | None = None
    organization_id: int | None = None

    @property
    def is_authenticated(self) -> bool:
        return self.id is not None


def reader_of(user: Any) -> Reader:
    """The reader that a user, signed in or not, is."""
    if not user.is_authenticated:
        return Reader()
    return Reader(user.id, user.name, user.role, user.city_code, user.county_code, user.township_code,
                  user.organization_id)


def contact(number: str | None, own: bool) -> str:
    """A telephone number in full for the record's own people, masked for everybody else, empty where there is none."""
    if not number:
        return ""
    return number if own else masked(number)
