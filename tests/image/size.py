"""Measures what is in an image: bytes of its files, by folder and by package."""

import os
import stat
from collections import Counter
from pathlib import Path

__all__ = ["by_package", "megabytes", "size"]


def size(folder: Path) -> int:
    """The bytes of all files below the folder; a file with two names counts once."""
    seen = dict[tuple[int, int], int]()
    for here, _, names in os.walk(folder):
        for name in names:
            told = (Path(here) / name).lstat()
            if stat.S_ISREG(told.st_mode):
                seen[told.st_dev, told.st_ino] = told.st_size
    return sum(seen.values())


def by_package(site_packages: Path) -> list[tuple[str, int]]:
    """The import packages with their bytes, the largest first; `av.libs` belongs to `av`."""
    sizes = Counter[str]()
    for one in site_packages.iterdir():
        sizes[one.name.removesuffix(".libs")] += size(one) if one.is_dir() else one.lstat().st_size
    return sizes.most_common()


def megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
