"""Sizes are told as people say them."""

import pytest

from matchplatform.core.size import MEGABYTE, in_words

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("size", "said"), [
    (0, "0 字节"), (12, "12 字节"), (1023, "1023 字节"), (1024, "1 KB"), (348_160, "340 KB"), (MEGABYTE, "1 MB"),
    (MEGABYTE * 3 // 2, "1.5 MB"), (40 * MEGABYTE, "40 MB")])
def test_a_size_has_one_unit(size, said):
    assert in_words(size) == said
