"""Imports an agent file for a command, in the same way as the process of a LiveKit job imports the file."""

import sys
from pathlib import Path
from typing import Any

from offhook.core.errors import OffhookError, PlanError

__all__ = ["variables_of"]


def variables_of(path: Path) -> dict[str, Any]:
    """Import the file in the same way as the process of a LiveKit job, and return the file's variables."""
    import importlib.util

    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise PlanError(f"{path} is neither TOML nor Python; give routes.toml or agent.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except OffhookError:
        raise
    except Exception as error:
        raise PlanError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return vars(module)
