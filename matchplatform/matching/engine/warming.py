"""Everything compiled once: `python -m matchplatform.matching.engine.warming`, at set-up. Pure.

Compiled code is kept on disk (`compiling`); without this the first questions after an installation, or the first of
every test worker, would wait for the compiler.
"""

import shutil

import numpy as np

from matchplatform.matching import compiling, cutter
from matchplatform.matching.document import Document
from matchplatform.matching.engine import search
from matchplatform.matching.index import TextIndex
from matchplatform.matching.lexicon import Lexicon

TEXTS = ("老年食堂缺灶台", "夏秋茶收购加工", "村医慢病培训")


def warm() -> None:
    """Call every compiled function with the types that the product uses."""
    cutter.warm()
    documents = [Document(str(n), body, body, "养老服务", "孝昌县") for n, body in enumerate(TEXTS)]
    lexicon = Lexicon((("灶台", "炉灶"),), frozenset({"缺"}))
    plain = [Document("a", body) for body in TEXTS[:1]]
    for lists in (Lexicon(), lexicon):
        index = TextIndex(*TextIndex.arrays_of(documents, lists, [{"category": ["养老"]}] * len(documents)), lists)
        query = index.weighed(search.row_maker.rows_of([documents[0]], lists))
        index._segment.top(query, 2, index._alive, search.ALL)
        index._segment.top(query, 2, index._alive, np.arange(len(documents)))
        index.top(documents[0], 2)
        index.put(Document("9", "老人食堂", "新来的"))
        index.top(documents[0], 2, {"category": ["养老"]})
        index.likeness(documents[0], documents)
        index.products(documents[0], documents[1])
        index.search("老年食堂", 3)
        index.word_weights(documents[0])
    TextIndex.build(plain)


def clear() -> None:
    """Remove what was compiled from other states of the sources."""
    for folder in (compiling.HERE / "__pycache__").glob("compiled-*"):
        if folder.name != f"compiled-{compiling.fingerprint()}":
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    clear()
    warm()
