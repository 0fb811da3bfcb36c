"""Builds the Dockerfile without a Docker daemon, measures the image and holds calls with it: `make test-image`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import typer
from tests.image.base import base_of, provide
from tests.image.buildah import Buildah, storage
from tests.image.size import by_package, megabytes, size
from tests.live.container_view import USER

from offhook.core.errors import OffhookError

ROOT = Path(__file__).parents[2]
TAG = "front-desk"
LIMIT = 650_000_000
"""Bytes that the image may have, with its base."""
PROGRAMS = ("buildah", "mount", "unshare", "chroot", "ip")
NETWORK = """
set -e
ip link set lo up
ip link add call0 type veth peer name call1
ip address add 192.0.2.1/24 dev call0
ip link set call0 up
ip link set call1 up
exec "$@"
"""
"""A new network: loopback, and an address that leads nowhere, because WebRTC does not use loopback alone."""
SHOWN = 12


def main() -> int:
    """Build, measure, call; the exit code is 0 if the image is small enough and the calls are as they should be."""
    try:
        with storage(PROGRAMS) as buildah:
            base = base_of(ROOT / "Dockerfile")
            typer.echo(f"{base} comes from {provide(base, buildah=buildah)}")
            with buildah.mounted(base) as root:
                of_base = size(root)
            buildah.build(ROOT / "Dockerfile", tag=TAG)
            with buildah.mounted(TAG) as root:
                measure(root, of_base=of_base)
                call(root, buildah)
    except OffhookError as error:
        typer.echo(f"error: {error}", err=True)
        return 1
    return 0


def measure(root: Path, *, of_base: int) -> None:
    """Print what is in the image; an error if it is too much."""
    whole = size(root)
    typer.echo(f"image {megabytes(whole)} = base {megabytes(of_base)} + ours {megabytes(whole - of_base)}")
    (site_packages,) = root.glob("app/.venv/lib/python3*/site-packages")
    for name, count in by_package(site_packages)[:SHOWN]:
        typer.echo(f"{megabytes(count):>8}  {name}")
    compiled = sum(one.lstat().st_size for one in site_packages.rglob("*.pyc"))
    typer.echo(f"{megabytes(compiled):>8}  of all packages is bytecode")
    if whole > LIMIT:
        raise OffhookError(f"the image has {megabytes(whole)}, more than {megabytes(LIMIT)}")


def call(root: Path, buildah: Buildah) -> None:
    """Hold the calls in a network without other programs; see call.py."""
    volume = buildah.folder / "volume"
    volume.mkdir(mode=0o700)
    os.chown(volume, int(USER), int(USER))
    config = buildah.config(TAG)
    if config["User"] != f"{USER}:{USER}" or list(config["Volumes"]) != ["/app/.offhook"]:
        raise OffhookError(f"the image runs as {config['User']} with the volumes {list(config['Volumes'])}")
    command = ["unshare", "--net", "sh", "-c", NETWORK, "sh", sys.executable, "-m", "tests.image.call"]
    command += [str(root), str(volume), json.dumps(config)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise OffhookError("the call with the image failed; the reason is above")


if __name__ == "__main__":
    sys.exit(main())
