"""Where the offhook that runs was installed from, in words that another project can install it by."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from offhook.core.errors import OffhookError

__all__ = ["Origin", "origin", "running"]


@dataclass(frozen=True, slots=True)
class Origin:
    """One way to get offhook."""

    requirement: str
    """As a project's dependencies name it."""
    kind: Literal["index", "folder", "file", "url", "git"] = "index"
    path: Path | None = None
    """The folder or the wheel on this machine, if it is one."""


def running() -> Distribution:
    """The installed offhook that runs now."""
    try:
        return distribution("offhook")
    except PackageNotFoundError:
        raise OffhookError("this offhook is not installed; run `pip install .` in its folder, then try again") from None


def origin(installed: Distribution) -> Origin:
    """How to install this offhook once more: its direct reference, or the versions that are like it."""
    told = installed.read_text("direct_url.json")
    if told is None:
        major, minor = installed.version.split(".")[:2]
        after = f"{int(major) + 1}" if int(major) else f"0.{int(minor) + 1}"
        return Origin(f"offhook>={installed.version},<{after}")
    return _direct(json.loads(told))


def _direct(told: Mapping[str, object]) -> Origin:
    """Read what the installer wrote down (direct_url.json of the packaging standards)."""
    url = _without_password(str(told["url"]))
    inside = f"#subdirectory={told['subdirectory']}" if told.get("subdirectory") else ""
    if isinstance(source := told.get("vcs_info"), dict):
        reference = f"{source['vcs']}+{url}@{source['commit_id']}{inside}"
        return Origin(f"offhook @ {reference}", "git")
    if url.startswith("file:"):
        path = Path(url2pathname(urlsplit(url).path))
        return Origin(f"offhook @ {url}{inside}", "folder" if "dir_info" in told else "file", path)
    return Origin(f"offhook @ {url}{inside}", "url")


def _without_password(url: str) -> str:
    user, at, _host = urlsplit(url).netloc.rpartition("@")
    return url.replace(f"{user}{at}", "", 1) if ":" in user else url
