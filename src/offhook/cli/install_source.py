"""Finds out from where the running offhook was installed, so that another project can require the same offhook."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from offhook.core.errors import OffhookError

__all__ = ["InstallSource", "install_source", "running"]


@dataclass(frozen=True, slots=True)
class InstallSource:
    """A place from which offhook can be installed."""

    requirement: str
    """The entry for a project's list of dependencies, such as `offhook>=1.2.0,<2`."""
    kind: Literal["index", "folder", "file", "url", "git"] = "index"
    path: Path | None = None
    """The folder or the wheel, if the source is on this machine."""


def running() -> Distribution:
    """Return the distribution of the running offhook."""
    try:
        return distribution("offhook")
    except PackageNotFoundError:
        raise OffhookError("this offhook is not installed; run `pip install .` in its folder, then try again") from None


def install_source(installed: Distribution) -> InstallSource:
    """Return the source of this installation: the URL from which offhook was installed. If offhook was installed from a
    package index, the source is a range of compatible versions.
    """
    reference = installed.read_text("direct_url.json")
    if reference is None:
        major, minor = installed.version.split(".")[:2]
        after = f"{int(major) + 1}" if int(major) else f"0.{int(minor) + 1}"
        return InstallSource(f"offhook>={installed.version},<{after}")
    return _direct(json.loads(reference))


def _direct(reference: Mapping[str, object]) -> InstallSource:
    """Return the source that the installer recorded in `direct_url.json` (a file of a packaging standard)."""
    url = _without_password(str(reference["url"]))
    inside = f"#subdirectory={reference['subdirectory']}" if reference.get("subdirectory") else ""
    if isinstance(source := reference.get("vcs_info"), dict):
        location = f"{source['vcs']}+{url}@{source['commit_id']}{inside}"
        return InstallSource(f"offhook @ {location}", "git")
    if url.startswith("file:"):
        path = Path(url2pathname(urlsplit(url).path))
        return InstallSource(f"offhook @ {url}{inside}", "folder" if "dir_info" in reference else "file", path)
    return InstallSource(f"offhook @ {url}{inside}", "url")


def _without_password(url: str) -> str:
    user, at, _host = urlsplit(url).netloc.rpartition("@")
    return url.replace(f"{user}{at}", "", 1) if ":" in user else url
