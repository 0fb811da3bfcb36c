"""The files of a new agent project: their names, their text, and putting them into a folder."""

import json
import re
import shlex
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from offhook.cli.origin import Origin

__all__ = ["FILES", "Project", "likely_name", "wrong_with"]

FILES: Final = {
    "agent.py": "agent.py.in",
    "tests/test_agent.py": "test_agent.py.in",
    "pyproject.toml": "pyproject.toml.in",
    "Makefile": "Makefile.in",
    ".env.example": "env.example.in",
    "Dockerfile": "Dockerfile.in",
    "compose.yaml": "compose.yaml.in",
    ".dockerignore": "dockerignore.in",
    ".gitignore": "gitignore.in",
    "README.md": "README.md.in",
}
"""Every file of a project, and the template that it is made from."""

UV_VERSION: Final = "0.13.9"
LONGEST: Final = 50
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def wrong_with(name: str) -> str | None:
    """Say why a project cannot have this name, or None."""
    if not _NAME.fullmatch(name):
        return "a name is lower-case letters and digits, with single hyphens between"
    if len(name) > LONGEST:
        return f"a name has at most {LONGEST} characters"
    if name == "offhook" or name.startswith("livekit"):
        return "that is the name of a package which the project needs"
    return None


def likely_name(wanted: str) -> str:
    """A name that can be used and is close to the one wanted."""
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:LONGEST].rstrip("-")
    if not words:
        return "my-agent"
    return words if wrong_with(words) is None else f"my-{words}"[:LONGEST].strip("-")


@dataclass(frozen=True, slots=True)
class Project:
    """One project to be: what it is called and what it is built on."""

    name: str
    offhook: Origin
    livekit: str
    """The requirement on livekit-agents, which LiveKit's own deploy check looks for."""
    server: str
    """The version of livekit-server that compose runs."""

    def text(self, name: str) -> str:
        """The text of one of FILES."""
        text = (files("offhook") / "template" / FILES[name]).read_text(encoding="utf-8")
        for word, value in self._values().items():
            # An empty value takes its line with it, unless there is more on the line.
            text = text.replace(f"@{word}@\n", f"{value}\n" if value else "").replace(f"@{word}@", value)
        return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())

    def write(self, folder: Path) -> None:
        """Put every file into the folder; an existing file is an error and stays as it is."""
        for name in FILES:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as out:
                out.write(self.text(name))

    def _values(self) -> dict[str, str]:
        return {
            "NAME": self.name,
            "LIVEKIT": self.livekit,
            "OFFHOOK": json.dumps(self.offhook.requirement),
            "SERVER": self.server,
            "UV": UV_VERSION,
            "OFFHOOK_STEPS": _docker_steps(self.offhook),
            "CONTEXTS": _contexts(self.offhook),
            "BUILD": _build_command(self.name, self.offhook),
            "CLOUD": _cloud_note(self.offhook),
        }


def _docker_steps(offhook: Origin) -> str:
    """What the image needs before it can install offhook."""
    if offhook.kind == "git":
        return "RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends git ca-certificates"
    if offhook.path is None:
        return ""
    says = (
        "# offhook itself, at the place where pyproject.toml looks for it; README.md and compose.yaml name the context."
    )
    parts = ("pyproject.toml", "README.md", "LICENSE", "src") if offhook.kind == "folder" else (offhook.path.name,)
    goal = offhook.path if offhook.kind == "folder" else offhook.path.parent
    copies = [f"COPY --from=offhook {json.dumps([part, str(goal / part)])}" for part in parts]
    return "\n".join([says, *copies])


def _context(offhook: Origin) -> Path | None:
    return offhook.path.parent if offhook.path and offhook.kind == "file" else offhook.path


def _contexts(offhook: Origin) -> str:
    context = _context(offhook)
    if context is None:
        return ""
    return f"      additional_contexts:\n        offhook: {json.dumps(str(context))}"


def _build_command(name: str, offhook: Origin) -> str:
    context = _context(offhook)
    where = f"--build-context {shlex.quote(f'offhook={context}')} " if context else ""
    return f"docker build {where}--tag {name} ."


def _cloud_note(offhook: Origin) -> str:
    if offhook.path is None:
        return ""
    return (
        f"Its builder cannot see `{offhook.path}`: first let `offhook` in `pyproject.toml` name a place that it can\n"
        "reach, take the lines with `--from=offhook` out of the `Dockerfile`, and run `make update`."
    )
