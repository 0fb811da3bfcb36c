"""Reads the settings from the environment and from `.env` files. Only this module reads settings from these sources."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

from offhook.core.errors import SettingsError
from offhook.settings.problems import invalid_value, unknown_name
from offhook.settings.settings import PREFIX, Settings, variable_names

__all__ = ["frozen_settings", "load_env_files", "load_settings", "set_default"]

_FROZEN = "_OFFHOOK_FROZEN"
FILES = (".env", ".env.local")  # a later file overrides an earlier one; the environment overrides both


def load_settings(folder: Path | None = None) -> Settings:
    """Return the settings from the environment, `.env.local` and `.env`. If several of these sources set a variable,
    the first source counts.

    The two files are in `folder`; the default is the current folder. A running worker and its job processes do not read
    the files again. These processes keep the values from the worker's start. Raises `SettingsError` for an unknown name
    that begins with OFFHOOK_, and for an invalid value.
    """
    files = {} if folder is None and os.environ.get(_FROZEN) else _file_values(folder or Path.cwd())
    values = {**files, **{name: value for name, value in os.environ.items() if value}}
    known = set(variable_names())
    problems = [unknown_name(name) for name in sorted({*values, *os.environ} - known) if name.startswith(PREFIX)]
    try:
        settings = Settings.model_validate({name: value for name, value in values.items() if name in known})
    except ValidationError as error:
        problems += [invalid_value(problem) for problem in error.errors()]
    if problems:
        raise SettingsError("\n".join(problems)) from None
    return settings


@contextmanager
def frozen_settings() -> Iterator[None]:
    """Until the block ends, this process and its child processes use the values that the `.env` files had at the start
    of the block.

    If somebody makes an error in a `.env` file while the worker runs, the error does not affect the calls of this
    worker.
    """
    load_env_files(Path.cwd())
    os.environ[_FROZEN] = "1"
    try:
        yield
    finally:
        os.environ.pop(_FROZEN, None)


def load_env_files(folder: Path) -> None:
    """Copy the values of the folder's `.env` files into the environment, so that child processes get the values too."""
    for name, value in _file_values(folder).items():
        if not os.environ.get(name):  # an empty variable counts as not set, as in `load_settings`
            os.environ[name] = value


def _file_values(folder: Path) -> dict[str, str]:
    values: dict[str, str] = {}
    for path in (folder / name for name in FILES):
        try:
            values |= {name: value for name, value in dotenv_values(path).items() if value}
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} cannot be read ({error}); save it as UTF-8 text or remove it") from None
    return values


def set_default(name: str, value: str) -> bool:
    """Set an environment variable for this process and its child processes, unless the variable is already set. Return
    True if this function has set the variable.
    """
    if name in os.environ:
        return False
    os.environ[name] = value
    return True
