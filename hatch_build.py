"""Puts LiveKit's browser client, which the talk page needs, into the wheel: with its licence and those of its parts.

It comes from node_modules (`python -m offhook.dev.page.fetch`); without it the wheel is built all the same, without
the talk page, and says so. A source distribution carries the same files, so that a wheel can be built from it.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CLIENT = Path("livekit-client/dist/livekit-client.umd.js")
VENDOR = "offhook/dev/page/vendor"
NOTICE = "THIRD-PARTY.txt"
LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license")


class TalkPageHook(BuildHookInterface[Any]):
    """Adds the files to what is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each target is built."""
        if version == "editable":  # the checkout's node_modules is used as it is
            return
        root = Path(self.root)
        vendored = root / "vendor"
        modules = root / "node_modules"
        if (modules / CLIENT).is_file():
            self._folder = tempfile.TemporaryDirectory(prefix="offhook-notice-")
            notice = Path(self._folder.name) / NOTICE
            notice.write_text(third_parties(modules, "livekit-client"), encoding="utf-8")
            client = modules / CLIENT
        elif (vendored / CLIENT.name).is_file():  # in a source distribution
            client, notice = vendored / CLIENT.name, vendored / NOTICE
        else:
            self.app.display_warning("no node_modules/livekit-client: this build has no talk page")
            return
        folder = "vendor" if self.target_name == "sdist" else VENDOR
        build_data["force_include"] |= {str(client): f"{folder}/{CLIENT.name}", str(notice): f"{folder}/{NOTICE}"}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatch's
        """Called when the target is built."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()


def third_parties(modules: Path, package: str) -> str:
    """Name, version and licence of a package and of everything that is bundled into it."""
    parts = [f"{CLIENT.name} is the unchanged browser build of {package}. It contains:\n"]
    for name in sorted(_closure(modules, package, set())):
        told = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
        parts.append(f"{'=' * 78}\n{name} {told['version']} ({told.get('license', 'see below')})\n")
        parts.extend(_licence(modules / name))
    return "\n".join(parts)


def _closure(modules: Path, package: str, known: set[str]) -> set[str]:
    """The package and what it needs at run time, as far as that is installed beside it."""
    if package in known or not (modules / package / "package.json").is_file():
        return known
    known.add(package)
    told = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))
    for needed in told.get("dependencies", {}):
        _closure(modules, needed, known)
    return known


def _licence(folder: Path) -> Iterator[str]:
    for name in LICENCES:
        if (folder / name).is_file():
            yield (folder / name).read_text(encoding="utf-8")
            return
