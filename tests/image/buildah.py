"""Runs buildah, which builds images without a daemon, with a storage of its own that is deleted at the end."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offhook.core.errors import OffhookError

__all__ = ["Buildah", "storage"]

PASSED = ("PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA_", "CURL_CA_")
"""The host's settings that a build needs to reach package indexes; buildah itself passes the proxies on."""
SETTINGS = {
    "/etc/pip.conf": ("~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/pip.conf"),
    "/etc/uv/uv.toml": ("~/.config/uv/uv.toml", "/etc/uv/uv.toml"),
}
"""Files with such settings: the place in the image, and where the host may have the file."""


@dataclass(frozen=True, slots=True)
class Buildah:
    """buildah with its storage in `folder`."""

    folder: Path

    def command(self, *arguments: str | Path) -> list[str | Path]:
        where = ("--root", self.folder / "storage", "--runroot", self.folder / "run", "--storage-driver", "vfs")
        return ["buildah", *where, *arguments]

    def run(self, *arguments: str | Path, quiet: bool = True) -> str:
        """Run one buildah command and return its output; not quiet: the output goes to the terminal instead."""
        output = subprocess.PIPE if quiet else None
        done = subprocess.run(self.command(*arguments), check=False, text=True, stdout=output)
        if done.returncode != 0:
            raise OffhookError(f"buildah {arguments[0]} failed with {done.returncode}; the reason is above")
        return (done.stdout or "").strip()

    def pulled(self, image: str) -> bool:
        """Whether a registry gave the image."""
        done = subprocess.run(self.command("pull", "--quiet", image), check=False, capture_output=True)
        return done.returncode == 0

    def build(self, dockerfile: Path, *, tag: str) -> None:
        """Build the Dockerfile in its folder, with the host's settings for package indexes.

        An ARG line for each setting is added to a copy, because buildah's `--env` does not reach RUN (1.28). Unlike
        ENV, ARG leaves nothing in the image.
        """
        settings = passed_on(os.environ)
        copy = self.folder / "Dockerfile"
        copy.write_text(with_args(dockerfile.read_text(encoding="utf-8"), list(settings)), encoding="utf-8")
        options = [part for name, value in settings.items() for part in ("--build-arg", f"{name}={value}")]
        for inside, outside in sorted(mounted(settings).items()):
            options += ["--volume", f"{outside}:{inside}:ro"]
        chosen = ("--isolation", "chroot", "--pull-never", "--format", "docker", "--tag", tag, "--file", copy)
        self.run("build", *chosen, *options, dockerfile.parent, quiet=False)

    @contextmanager
    def mounted(self, image: str) -> Iterator[Path]:
        """A container of the image as a folder."""
        name = self.run("from", "--pull-never", image)
        try:
            yield Path(self.run("mount", name))
        finally:
            self.run("umount", name)
            self.run("rm", name)

    def config(self, image: str) -> dict[str, Any]:
        """What the image says about running it: Env, Cmd, User, WorkingDir, Volumes, Healthcheck, StopSignal."""
        told = json.loads(self.run("inspect", "--type", "image", image))
        config: dict[str, Any] = told["Docker"]["config"]
        return config


def with_args(dockerfile: str, names: list[str]) -> str:
    """The Dockerfile with an ARG line for each name in each stage."""
    args = "".join(f"\nARG {name}" for name in names)
    return re.sub(r"^FROM .*$", lambda line: line[0] + args, dockerfile, flags=re.MULTILINE)


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that a build gets."""
    return {name: value for name, value in environ.items() if name.startswith(PASSED) and value}


def mounted(settings: Mapping[str, str]) -> dict[str, str]:
    """What a build sees of the host: the files that the variables name, and the settings of pip and uv."""
    named = {value: value for value in settings.values() if value.startswith("/") and Path(value).exists()}
    for inside, places in SETTINGS.items():
        found = [place for place in (Path(one).expanduser() for one in places) if place.is_file()]
        named |= {inside: str(found[0])} if found else {}
    return named


@contextmanager
def storage(needed: Sequence[str]) -> Iterator[Buildah]:
    """buildah with an empty storage, which is deleted at the end with everything in it."""
    missing = [program for program in needed if shutil.which(program) is None]
    if missing:
        raise OffhookError(f"{', '.join(missing)} not found; on Debian: apt-get install buildah debootstrap iproute2")
    if os.geteuid() != 0:
        raise OffhookError("only root can mount the image's file system; run `sudo make test-image`")
    folder = Path(tempfile.mkdtemp(prefix="offhook-image-", dir="/var/tmp"))
    try:
        yield Buildah(folder)
    finally:
        # An interrupted build may leave mounts of the host's folders: these are not deleted.
        subprocess.run(["rm", "--recursive", "--force", "--one-file-system", folder], check=True)
