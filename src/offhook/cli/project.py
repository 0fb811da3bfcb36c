"""Creates the files of a new agent project from templates."""

import json
import re
import shlex
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from offhook.cli.install_source import InstallSource

__all__ = ["FILES", "Project", "name_error", "suggest_name"]

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
"""The path of every file in a new project, and the name of the template for this file."""

UV_VERSION: Final = "0.13.9"
LONGEST: Final = 50
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def name_error(name: str) -> str | None:
    """Return why a project cannot have this name, or None."""
    if not _NAME.fullmatch(name):
        return "a name has lower-case letters and digits, with single hyphens between them"
    if len(name) > LONGEST:
        return f"a name has at most {LONGEST} characters"
    if name == "offhook" or name.startswith("livekit"):
        return "the project needs a package of this name"
    return None


def suggest_name(given: str) -> str:
    """Return a valid name that is close to the given name."""
    plain = unicodedata.normalize("NFKD", given).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:LONGEST].rstrip("-")
    if not words:
        return "my-agent"
    return words if name_error(words) is None else f"my-{words}"[:LONGEST].strip("-")


@dataclass(frozen=True, slots=True)
class Project:
    """A project to create: its name and the versions of its dependencies."""

    name: str
    offhook: InstallSource
    livekit: str
    """The dependency on livekit-agents, with the accepted versions. LiveKit's own check before a deployment searches
    the project's files for this dependency."""
    server: str
    """The version of livekit-server in compose.yaml."""

    def text(self, name: str) -> str:
        """Return the text of the file that has this name in FILES."""
        text = (files("offhook") / "template" / FILES[name]).read_text(encoding="utf-8")
        for word, value in self._values().items():
            # A line that contains only a placeholder is removed if the placeholder's value is empty.
            text = text.replace(f"@{word}@\n", f"{value}\n" if value else "").replace(f"@{word}@", value)
        return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())

    def write(self, folder: Path) -> None:
        """Write every file to the folder. Raises `FileExistsError` for an existing file, which stays unchanged."""
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


def _docker_steps(offhook: InstallSource) -> str:
    """Return the lines of the Dockerfile that must come before the installation of offhook."""
    if offhook.kind == "git":
        return "RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends git ca-certificates"
    if offhook.path is None:
        return ""
    comment = "# offhook itself, at the path in pyproject.toml; README.md and compose.yaml define the build context."
    parts = ("pyproject.toml", "README.md", "LICENSE", "src") if offhook.kind == "folder" else (offhook.path.name,)
    target = offhook.path if offhook.kind == "folder" else offhook.path.parent
    copies = [f"COPY --from=offhook {json.dumps([part, str(target / part)])}" for part in parts]
    return "\n".join([comment, *copies])


def _context(offhook: InstallSource) -> Path | None:
    return offhook.path.parent if offhook.path and offhook.kind == "file" else offhook.path


def _contexts(offhook: InstallSource) -> str:
    context = _context(offhook)
    if context is None:
        return ""
    return f"      additional_contexts:\n        offhook: {json.dumps(str(context))}"


def _build_command(name: str, offhook: InstallSource) -> str:
    context = _context(offhook)
    where = f"--build-context {shlex.quote(f'offhook={context}')} " if context else ""
    return f"docker build {where}--tag {name} ."


def _cloud_note(offhook: InstallSource) -> str:
    if offhook.path is None:
        return ""
    return (
        f"LiveKit's builder cannot read `{offhook.path}`. First set `offhook` in `pyproject.toml` to a public source,\n"
        "remove the lines with `--from=offhook` from the `Dockerfile`, and run `make update`."
    )
