"""Find a livekit-server on this machine, or get one."""

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

# The newest release that `go install` takes as it is: later ones carry replace directives, which it refuses.
VERSION: Final = "1.13.5"
SETTING: Final = "OFFHOOK_LIVEKIT_SERVER"

Progress = Callable[[str], None]


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where programs that were fetched once are kept."""
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
    """Return a livekit-server that runs: the one asked for, one on PATH, the cached one, or one fetched now.

    Args:
        explicit: the value of OFFHOOK_LIVEKIT_SERVER; when given, nothing else is tried.
        environ: the environment that PATH, XDG_CACHE_HOME and the Go settings are taken from.
        cache: where a fetched server is kept, instead of the user's cache folder.
        progress: is told one line before and during every slow step.
        source: where the release archive is, instead of the release page.

    """
    if explicit is not None:
        return _asked_for(explicit.expanduser())
    found = shutil.which("livekit-server", path=environ.get("PATH", ""))
    if found is not None:
        complaint = _complaint(Path(found))
        if complaint is None:
            return Path(found)
        progress(f"passing over {found}: {complaint}")
    folder = cache if cache is not None else cache_folder(environ)
    target = folder / f"livekit-server-{VERSION}"
    if not target.is_file():
        _fetch(target, environ=environ, progress=progress, source=source or Download(VERSION))
    return target


def _asked_for(path: Path) -> Path:
    complaint = _complaint(path)
    if complaint is None:
        return path.absolute()
    raise ServerError(
        f"{SETTING}={path} cannot be used: {complaint}; "
        "point it at a livekit-server, or unset it to have one found or fetched"
    )


def _complaint(path: Path) -> str | None:
    """Say what is wrong with a program that should be livekit-server, or None."""
    if not path.is_file():
        return "it is not a file" if path.exists() else "there is no such file"
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except PermissionError:
        return "it may not be executed (chmod +x it)"
    except OSError as error:
        return f"it does not run ({error.strerror})"
    except subprocess.TimeoutExpired:
        return "it does not answer --version"
    if "livekit-server version" not in asked.stdout:
        return "it is not a livekit-server (its --version says something else)"
    return None


def _fetch(target: Path, *, environ: Mapping[str, str], progress: Progress, source: Download) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target.with_name(target.name + ".lock"), progress):
            if target.is_file():  # somebody else fetched it while we waited
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
            f"that can be written, or {SETTING} to a livekit-server"
        ) from error


@contextmanager
def _alone(lock: Path, progress: Progress) -> Iterator[None]:
    """Let one process at a time fetch; the lock goes with its holder, however that ends."""
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another offhook is fetching livekit-server; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _give_up(refused: str) -> NoReturn:
    releases = f"put the livekit-server of https://github.com/livekit/livekit/releases/tag/v{VERSION} on PATH"
    if sys.platform == "darwin":
        advice = "run `brew install livekit`"
    elif shutil.which("apt-get") is not None:
        advice = f"{releases}, or install Go 1.21 or newer (Debian 12: from bookworm-backports)"
    else:
        advice = f"{releases}, or install Go 1.21 or newer"
    raise ServerError(
        f"no livekit-server on PATH, the download failed ({refused}) and there is no Go to build it with: "
        f"{advice}; or set {SETTING} to a livekit-server, or LIVEKIT_URL to one that runs"
    )
