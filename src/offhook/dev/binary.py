"""Finds a livekit-server on this machine, or fetches one."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from offhook.core.errors import ServerError
from offhook.dev.fetch import Download, build, download

__all__ = ["VERSION", "cache_folder", "find_or_fetch"]

# The newest release that `go install` can build. The go.mod files of later releases have replace directives, which
# `go install` refuses.
VERSION: Final = "1.13.5"
SETTING: Final = "OFFHOOK_LIVEKIT_SERVER"

Progress = Callable[[str], None]


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder for fetched programs."""
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "offhook"


def find_or_fetch(
    explicit: Path | None = None,
    *,
    environ: Mapping[str, str],
    cache: Path | None = None,
    progress: Progress = lambda _line: None,
    source: Download | None = None,
) -> Path:
    """Return the path of a livekit-server: `explicit`, else one on PATH, else the cached one, else one fetched now.

    Args:
        explicit: the value of OFFHOOK_LIVEKIT_SERVER; if given, no other server is tried.
        environ: the environment, for PATH, XDG_CACHE_HOME and the Go settings.
        cache: the folder for a fetched server, instead of the user's cache folder.
        progress: is called with one line before and during every slow step.
        source: the release to download, and the page to download it from; by default, LiveKit's release page.

    """
    if explicit is not None:
        return _given(explicit.expanduser())
    found = shutil.which("livekit-server", path=environ.get("PATH", ""))
    if found is not None:
        error = _error_of(Path(found))
        if error is None:
            return Path(found)
        progress(f"skipping {found}: {error}")
    folder = cache if cache is not None else cache_folder(environ)
    target = folder / f"livekit-server-{VERSION}"
    if not target.is_file():
        _fetch(target, environ=environ, progress=progress, source=source or Download(VERSION))
    return target


def _given(path: Path) -> Path:
    error = _error_of(path)
    if error is None:
        return path.absolute()
    raise ServerError(
        f"{SETTING}={path} cannot be used: {error}; "
        "set it to a livekit-server, or unset it: then a livekit-server is found or fetched"
    )


def _error_of(path: Path) -> str | None:
    """Return why this program cannot be used as livekit-server; None if it can be used."""
    if not path.is_file():
        return "it is not a file" if path.exists() else "there is no such file"
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except PermissionError:
        return "it is not executable (chmod +x the file)"
    except OSError as error:
        return f"it does not run ({error.strerror})"
    except subprocess.TimeoutExpired:
        return "it does not answer --version"
    if "livekit-server version" not in done.stdout:
        return "it is not a livekit-server (--version gives another name)"
    return None


def _fetch(target: Path, *, environ: Mapping[str, str], progress: Progress, source: Download) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.with_name(target.name + ".lock"), progress):
            if target.is_file():  # another process fetched the server while this one waited for the lock
                return
            refused = download(source, target, progress)
            if refused is None:
                return
            progress(f"livekit-server cannot be downloaded: {refused}")
            go = shutil.which("go", path=environ.get("PATH", ""))
            if go is None:
                _give_up(refused)
            build(Path(go), target, version=VERSION, environ=environ, progress=progress)
    except OSError as error:
        raise ServerError(
            f"the cache folder {target.parent} cannot be used: {error}; set OFFHOOK_CACHE to a folder "
            f"with write access, or {SETTING} to a livekit-server"
        ) from error


@contextmanager
def _locked(lock: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock file, so that only one process fetches at a time. The kernel releases the lock when the process
    ends.
    """
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another offhook is fetching livekit-server; waiting")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _give_up(refused: str) -> NoReturn:
    releases = f"put livekit-server from https://github.com/livekit/livekit/releases/tag/v{VERSION} on PATH"
    if sys.platform == "darwin":
        advice = "run `brew install livekit`"
    elif shutil.which("apt-get") is not None:
        advice = f"{releases}, or install Go 1.21 or newer (on Debian 12 from bookworm-backports)"
    else:
        advice = f"{releases}, or install Go 1.21 or newer"
    raise ServerError(
        f"no livekit-server on PATH, the download failed ({refused}), and Go is not installed to build one: "
        f"{advice}; or set {SETTING} to a livekit-server, or LIVEKIT_URL to a running server"
    )
