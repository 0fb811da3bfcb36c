"""Tell at once whether edited code will do for the next call."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

__all__ = ["trouble", "watch_code"]


def trouble(path: Path) -> str | None:
    """Say why a Python file cannot be compiled, as `line 3: SyntaxError: ...`, or None."""
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
    told: Callable[[str, str | None], None] = lambda _file, _wrong: None,
) -> None:
    """Report every change of a Python file below `folder` until told to stop; restart nothing, calls import afresh.

    `told` gets the file, and what is wrong with it or None.
    """
    from watchfiles import Change, PythonFilter, watch  # noqa: PLC0415 - native code that only `dev` pays for

    for changes in watch(folder, watch_filter=PythonFilter(), stop_event=stop, raise_interrupt=False):
        for kind, name in sorted(changes, key=lambda change: change[1]):
            path = Path(name)
            if kind is Change.deleted and not path.exists():
                say(f"{_short(path)} is gone: a call that needs it will fail")
                told(str(_short(path)), None)
                continue
            wrong = trouble(path)
            told(str(_short(path)), f"{_short(path)}{wrong}" if wrong else None)
            if wrong is None:
                say(f"{_short(path)} changed: the next call uses it")
            else:
                say(f"{_short(path)}{wrong}; the next call will fail until this is fixed")


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
