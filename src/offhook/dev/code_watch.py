"""Reports after each save whether the next call can use the edited code."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

__all__ = ["syntax_error", "watch_code"]


def syntax_error(path: Path) -> str | None:
    """Return why this Python file cannot be compiled, such as ` line 3: SyntaxError: ...`; None if it compiles."""
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        line = f" line {error.lineno}" if error.lineno else ""
        return f"{line}: {type(error).__name__}: {error.msg}"
    except ValueError as error:  # null bytes
        return f": {error}"
    except OSError as error:
        return f": {error.strerror}"
    return None


def watch_code(
    folder: Path,
    say: Callable[[str], None],
    *,
    stop: Event,
    on_change: Callable[[str, str | None], None] = lambda _file, _error: None,
) -> None:
    """Report every change of a Python file below `folder` until `stop` is set.

    Nothing is reloaded, because each new call imports the current files (`worker/plan_loader.py`). `on_change` is
    called with the file, and with its syntax error or None.
    """
    from watchfiles import Change, PythonFilter, watch  # noqa: PLC0415 - native code that only `dev` needs

    for changes in watch(folder, watch_filter=PythonFilter(), stop_event=stop, raise_interrupt=False):
        for kind, name in sorted(changes, key=lambda change: change[1]):
            path = Path(name)
            if kind is Change.deleted and not path.exists():
                say(f"{_short(path)} was deleted: calls that import it will fail")
                on_change(str(_short(path)), None)
                continue
            error = syntax_error(path)
            on_change(str(_short(path)), f"{_short(path)}{error}" if error else None)
            if error is None:
                say(f"{_short(path)} changed: the next call uses it")
            else:
                say(f"{_short(path)}{error}; the next call will fail until this is fixed")


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
