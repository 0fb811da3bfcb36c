"""Finds the models that an agent file makes for its first session. A separate process runs the file and prints the
models.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, Self

from offhook.checks.child import output_of

__all__ = ["FileModels", "MadeModel", "models_of", "written"]

_ANSWER = "offhook-models: "
"""The output line with the answer begins with this text. All other output of the agent file is ignored."""
_PROGRAM = "offhook.testing.simulation.inspect_models"
TIME = 30.0
"""Maximum seconds for the run of the agent file. On an idle machine, a run takes 4 s, mostly for imports."""


@dataclass(frozen=True, slots=True)
class MadeModel:
    """One model of the session.

    `source` says where the model comes from. `offhook`: from offhook's settings. `plugin`: a LiveKit plugin.
    `inference`: LiveKit Inference. `local`: a model on this machine. `own`: the file's own code. `mode`: a way of turn
    detection that has no model.

    `usual` is True if a plugin's model uses the API key and the address from the environment, not from the file.
    """

    stage: str
    source: Literal["offhook", "plugin", "inference", "local", "own", "mode"]
    name: str = ""
    plugin: str = ""
    kind: str = ""
    voice: str = ""
    usual: bool = False
    fallback: bool = False

    def as_fallback(self) -> Self:
        """Return this model, marked as the fallback of another model."""
        return replace(self, fallback=True)


@dataclass(frozen=True, slots=True)
class FileModels:
    """The models that a file makes for its first session. `errors` say why the session did not start.

    `missing` maps each plugin to the names of the API keys that the plugin needed and did not find. If the session does
    not start, the file runs once more with a stand-in for every missing key. `started` is True if the session started
    in the first or in the second run.
    """

    models: list[MadeModel] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    missing: Mapping[str, list[str]] = field(default_factory=dict)
    started: bool = False
    late: bool = False
    """True if the run of the file was stopped because of its time limit."""


def written(found: FileModels) -> str:
    """Return the line that the child process prints to report these models."""
    return f"\n{_ANSWER}{json.dumps(asdict(found))}\n"


async def models_of(
    path: Path,
    *,
    environ: Mapping[str, str],
    metadata: str = "",
    hide: Callable[[str], str] = lambda text: text,
    limit: float = TIME,
) -> FileModels:
    """Run the file up to `session.start`, in a simulated room with a caller, and return the models that it made."""
    given = {name: value for name, value in environ.items() if value}  # an empty variable counts as not set
    found = await output_of((sys.executable, "-m", _PROGRAM, str(path), metadata), given, limit)
    if found is None:
        return FileModels(late=True)
    for line in reversed(found.out.splitlines()):
        if line.startswith(_ANSWER):
            fields = json.loads(line.removeprefix(_ANSWER))
            models = [MadeModel(**one) for one in fields.pop("models")]
            return FileModels(models, **{**fields, "errors": [hide(error) for error in fields["errors"]]})
    lines = [line.strip() for line in hide(found.errors).splitlines() if line.strip()]
    return FileModels(errors=[lines[-1] if lines else "the file ends the program"])
