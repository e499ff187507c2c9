"""What the engine ranks: a text with its parts. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """A text with its parts; everything but the id may be empty."""

    id: str
    title: str
    body: str = ""
    category: str = ""
    place: str = ""

    @property
    def main(self) -> str:
        """Title, body and category, each on lines of its own: what every view of the text sees."""
        return f"{self.title}\n{self.body}\n{self.category}"
