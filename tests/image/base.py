"""Makes the base image that the Dockerfile wants: from a registry, or else from Debian's packages."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.image.buildah import Buildah

from offhook.core.errors import OffhookError

__all__ = ["base_of", "provide"]

SUITE = "bookworm"
PACKAGES = "python3,python3-pip,python3-venv,ca-certificates"
UNNEEDED = (
    "var/cache/apt",
    "var/lib/apt/lists",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
)
"""Official slim images are without these too."""


def base_of(dockerfile: Path) -> str:
    """The one image that all FROM lines name."""
    (name,) = set(re.findall(r"^FROM (\S+)", dockerfile.read_text(encoding="utf-8"), re.MULTILINE))
    return str(name)


def provide(image: str, *, buildah: Buildah) -> str:
    """Put the image into the storage and return where it comes from."""
    if buildah.pulled(image):
        return "a registry"
    if not image.startswith("python:3.11-") or SUITE not in image:
        raise OffhookError(f"no registry gives {image}, and only Python 3.11 of Debian {SUITE} can be made here")
    if shutil.which("debootstrap") is None:
        raise OffhookError(f"no registry gives {image}; to make it: apt-get install debootstrap")
    container = buildah.run("from", "scratch")
    _install(Path(buildah.run("mount", container)))
    buildah.run("umount", container)
    buildah.run("config", "--env", "PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin", container)
    buildah.run("commit", "--quiet", "--rm", "--format", "docker", container, image)
    return "Debian's packages"


def _install(root: Path) -> None:
    mirror = _mirror()
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--include={PACKAGES}",
        SUITE,
        str(root),
        *([mirror] if mirror else []),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise OffhookError(f"debootstrap failed with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    for name in ("python", "python3"):
        (root / "usr/local/bin" / name).symlink_to("/usr/bin/python3.11")
    # pip of the official image installs for everybody without being asked twice.
    (root / "usr/lib/python3.11/EXTERNALLY-MANAGED").unlink(missing_ok=True)
    for folder in UNNEEDED:
        shutil.rmtree(root / folder, ignore_errors=True)


def _mirror() -> str | None:
    """The package archive that this machine's apt uses; None: debootstrap's own choice."""
    if shutil.which("apt-get") is None:
        return None
    asked = ["apt-get", "indextargets", "--format", "$(RELEASE) $(SITE)", "Created-By: Packages"]
    listed = subprocess.run(asked, check=False, capture_output=True, text=True).stdout.splitlines()
    return next((site for release, _, site in (line.partition(" ") for line in listed) if release == SUITE), None)
