"""Separates the modules of one agent file from the modules of other agent files in the same process."""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

__all__ = ["own_modules"]

_SHARED = frozenset(sys.stdlib_module_names) | {"offhook", "livekit", "__main__", "conftest"}
"""Packages that are never removed from `sys.modules`, because the simulation itself uses these packages."""


@contextmanager
def own_modules(folders: Sequence[Path], module: str) -> Iterator[None]:
    """Inside the block, Python imports modules from these folders first.

    `module` is imported again, even if it is already loaded. A loaded module of another folder is hidden if a module in
    these folders has the same name. So two agent files in two folders each get the `tools.py` of their own folder.
    After the block, `sys.path` and `sys.modules` are restored.
    """
    names = {entry.stem if entry.suffix == ".py" else entry.name for one in folders for entry in one.iterdir()}
    names -= _SHARED

    def foreign(name: str) -> bool:
        top = name.partition(".")[0]
        return name == module or (top in names and not _is_of(sys.modules[top], folders))

    hidden = {name: sys.modules[name] for name in list(sys.modules) if name == module or foreign(name)}
    for name in hidden:
        del sys.modules[name]
    before = set(sys.modules)
    path = [str(one) for one in folders]
    sys.path[:0] = path
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for one in path:
            sys.path.remove(one)
        new = set(sys.modules) - before
        own = {name for name in names if name in sys.modules and _is_of(sys.modules[name], folders)}
        for name in new:
            if name.partition(".")[0] in own:
                del sys.modules[name]
        sys.modules.update(hidden)


def _is_of(module: ModuleType, folders: Sequence[Path]) -> bool:
    """Return True if this top-level module is a file or a package of one of these folders."""
    places = [Path(one) for one in (getattr(module, "__file__", None), *getattr(module, "__path__", ())) if one]
    return any(place.parent in (folder, folder / module.__name__) for place in places for folder in folders)
