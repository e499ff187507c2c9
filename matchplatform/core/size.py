"""Sizes of files as people say them."""

KILOBYTE, MEGABYTE = 1024, 1024 * 1024


def in_words(size: int) -> str:
    """2 MB, 1.5 MB, 340 KB, 12 字节."""
    if size >= MEGABYTE:
        return f"{size / MEGABYTE:.1f}".removesuffix(".0") + " MB"
    return f"{round(size / KILOBYTE)} KB" if size >= KILOBYTE else f"{size} 字节"
