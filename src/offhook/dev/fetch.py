"""Downloads livekit-server from its release page, or builds it with Go."""

import hashlib
import platform
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO, Final

from offhook.core.errors import ServerError
from offhook.dev.spawn import spawn, stop_group

__all__ = ["Download", "build", "download"]

CONNECT_TIMEOUT: Final = 5.0  # if there is no network, the build with Go must start soon
CHUNK: Final = 1 << 20
HEARTBEAT: Final = 15.0
MODULE: Final = "github.com/livekit/livekit-server/cmd/server"
_NO_DEBUG_DATA: Final = ("-ldflags=-s -w", "-gcflags=all=-dwarf=false")
"""Without data for debuggers, the build takes 14 s less on 2 cores (Go 1.26.8). Go's tracebacks are still complete."""
MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Download:
    """A release of livekit-server: the version, the machine, and the release page."""

    version: str
    system: str = sys.platform
    machine: str = platform.machine()
    page: str = "https://github.com/livekit/livekit/releases/download"

    @property
    def archive(self) -> str:
        """The file name of the archive for this machine."""
        return f"livekit_{self.version}_{self.system}_{MACHINES.get(self.machine.lower(), self.machine)}.tar.gz"

    def url(self, name: str) -> str:
        """Return the address of one file of the release."""
        return f"{self.page}/v{self.version}/{name}"


def download(source: Download, target: Path, progress: Callable[[str], None]) -> str | None:
    """Download the release's livekit-server to `target`. Return the reason if the download fails, else None. A wrong
    SHA-256 raises `ServerError`.
    """
    if source.system != "linux":
        return f"the release has no archive for {source.system}"
    progress(f"fetching livekit-server {source.version} ({source.archive}, about 25 MB)")
    try:
        expected = _checksum(source)
        if expected is None:
            return f"the release has no {source.archive}"
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            archive = Path(folder) / source.archive
            actual = _save(source.url(source.archive), archive)
            if actual != expected:
                raise ServerError(
                    f"{source.archive} has the SHA-256 {actual}, but the release says {expected}: the file "
                    "was modified; try again from another network, or set OFFHOOK_LIVEKIT_SERVER to a "
                    "livekit-server you trust"
                )
            _unpack(archive, target)
    except (urllib.error.URLError, TimeoutError, HTTPException) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__
    return None


def _checksum(source: Download) -> str | None:
    with _open(source.url("checksums.txt")) as answer:
        lines = answer.read(CHUNK).decode().splitlines()
    return next((words[0] for words in map(str.split, lines) if words[1:] == [source.archive]), None)


def _save(url: str, path: Path) -> str:
    """Download `url` to `path` and return the SHA-256."""
    digest = hashlib.sha256()
    with _open(url) as answer, path.open("wb") as out:
        while chunk := answer.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def _open(url: str) -> BinaryIO:
    answer: BinaryIO = urllib.request.urlopen(url, timeout=CONNECT_TIMEOUT)  # noqa: S310 - a fixed https address
    return answer


def _unpack(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as packed:
        inside = packed.extractfile("livekit-server")
        if inside is None:
            raise ServerError(
                f"{archive.name} contains no livekit-server; set OFFHOOK_LIVEKIT_SERVER to a livekit-server"
            )
        fresh = archive.with_name("livekit-server")
        with fresh.open("wb") as out:
            while chunk := inside.read(CHUNK):
                out.write(chunk)
    fresh.chmod(0o755)
    fresh.replace(target)


def build(go: Path, target: Path, *, version: str, environ: Mapping[str, str], progress: Callable[[str], None]) -> None:
    """Build livekit-server with `go install` and move the result to `target` atomically."""
    progress(f"building livekit-server {version} with Go: 1 to 2 minutes on 2 cores, once")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        output = Path(folder) / "output"
        code = _run_with_progress(
            [str(go), "install", *_NO_DEBUG_DATA, f"{MODULE}@v{version}"],
            # Without garbage collection in the compilers, the build took 14 s less on 2 cores (Go 1.26.8).
            environ={"GOGC": "off", "GOMEMLIMIT": "512MiB", **environ, "CGO_ENABLED": "0", "GOBIN": folder},
            output=output,
            progress=progress,
        )
        fresh = Path(folder) / "server"
        if code != 0 or not fresh.is_file():
            last = "\n".join(output.read_text(errors="replace").splitlines()[-8:])
            raise ServerError(
                f"livekit-server {version} could not be built (go install ended with {code}); install livekit-server "
                f"yourself and set OFFHOOK_LIVEKIT_SERVER to its path, or fix this error:\n{last}"
            )
        fresh.replace(target)


def _run_with_progress(
    command: list[str], *, environ: Mapping[str, str], output: Path, progress: Callable[[str], None]
) -> int:
    """Run a slow command and return its exit code. Report progress every 15 s. If this process ends, the command is
    stopped.
    """
    began = time.monotonic()
    with output.open("wb") as out:
        child = spawn(command, environ=environ, output=out)
        try:
            while True:
                try:
                    return child.wait(HEARTBEAT)
                except subprocess.TimeoutExpired:
                    progress(f"still building livekit-server ({time.monotonic() - began:.0f} s so far)")
        finally:
            stop_group(child)
