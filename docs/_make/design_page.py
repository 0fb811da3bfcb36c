"""Generates the folder table of `docs/design.md` from the import contract's order and the folders' docstrings."""

import configparser
from collections.abc import Iterator
from pathlib import Path

from docs._make.source import ROOT, tree

__all__ = ["design_page", "folders"]

PAGE = ROOT / "docs" / "design.md"
START, END = "<!-- folders: made by docs._make -->\n", "<!-- folders: end -->\n"
HEAD = "| folder or module | what it is for |\n|---|---|\n"


def design_page() -> str:
    """Return `docs/design.md` with an updated table of folders."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    rows = "".join(f"| `{name}` | {words} |\n" for name, words in folders())
    return f"{before}{START}\n{HEAD}{rows}\n{END}{after}"


def folders() -> Iterator[tuple[str, str]]:
    """Yield the name and the description of each folder and subfolder, from the lowest layer to the highest."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    layers = config["importlinter:contract:house"]["layers"].split("\n")
    for layer in reversed([one for one in layers if one.strip()]):
        for name in map(str.strip, layer.split("|")):
            yield from _rows(ROOT / "src" / "offhook" / name, name)


def _rows(path: Path, name: str) -> Iterator[tuple[str, str]]:
    if not path.is_dir():
        yield f"{name}.py", _words(name)
        return
    yield f"{name}/", _words(name)
    for part in sorted(one.parent for one in path.glob("*/__init__.py")):
        yield f"{name}/{part.name}/", _words(f"{name}/{part.name}")


def _words(name: str) -> str:
    """Return the first paragraph of the module's docstring."""
    docstring = tree(".".join(("offhook", *name.split("/")))).body[0]
    words = str(getattr(getattr(docstring, "value", None), "value", "")).split("\n\n")[0].split()
    return " ".join(words).replace("|", "\\|")
