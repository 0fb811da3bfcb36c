"""The commands of an agent file: `python agents/agent.py dev|start|console|connect|download-files`."""

import os
import sys
import warnings
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TextIO, cast

from offhook.cli.errors import exit_with_error
from offhook.core.errors import OffhookError, PlanError, SettingsError

__all__ = ["run", "run_agent_file"]

USAGE = """usage: python {file} COMMAND [options]

  dev              run the agent here, with a local livekit-server if LIVEKIT_URL is not set
  start            run the agent in production
  console          speak to the agent in this terminal
  connect          join one room (--room NAME)
  download-files   fetch the model files that its plugins need"""


def run(server: object) -> None:
    """Run the command line of an agent file; call this function under `if __name__ == "__main__":`."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    run_agent_file(server, sys.argv[1:], Path(file) if file else Path("agent.py"))


def run_agent_file(server: object, argv: list[str], file: Path) -> None:
    """Run the command that an agent file was started with.

    Args:
        server: the file's `server`.
        argv: the arguments after the file's name on the command line.
        file: the agent file.

    """
    command, options = (argv[0], argv[1:]) if argv else ("", [])
    try:
        match command:
            case "dev":
                _exec("offhook", "dev", str(file), *options)
            case "start":
                from offhook.cli.start import become_worker

                become_worker(file, options)
            case "download-files":
                _exec("livekit.agents", "download-files", *options)
            case "console" | "connect":
                _run_livekit_cli(server, argv, file)
            case _:
                _explain(command, file)
    except OffhookError as error:
        exit_with_error(error)


def _exec(module: str, *arguments: str) -> NoReturn:
    from offhook.settings import load_env_files

    load_env_files(Path.cwd())
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - no shell, on purpose


def _run_livekit_cli(server: object, argv: list[str], file: Path) -> None:
    """Run LiveKit's own `console` or `connect`. LiveKit's deprecation notice is hidden, because no newer Python command
    replaces these two commands.

    LiveKit's `console` sets LIVEKIT_DEV_MODE. In that mode, LiveKit detects turns with a cloud model if the agent does
    not set the turn detection. Therefore offhook sets the turn detection (`models/turn_detection.py`).
    """
    from livekit.agents import AgentServer, cli

    from offhook.settings import load_env_files

    if not isinstance(server, AgentServer):
        raise PlanError(f"run() got {type(server).__name__}; pass the server of {file}")
    if argv[0] == "console" and "--help" not in argv:
        _check_sound()
    load_env_files(Path.cwd())
    sys.argv = [str(file), *argv]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the built-in Python CLI", category=DeprecationWarning)
        with redirect_stdout(cast("TextIO", _WithoutNotice(sys.stdout))):
            cli.run_app(server)


class _WithoutNotice:
    """Standard output without the deprecation notice. `console` prints the notice in one write at every start."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return len(text) if " Deprecated " in text else self._out.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._out, name)


def _check_sound() -> None:
    """Raise `SettingsError` if this machine's sound cannot be used.

    LiveKit's console needs sound even for typed text. Without sound, the console would fail with a traceback.
    """
    try:
        import_module("sounddevice")
    except OSError as error:
        raise SettingsError(
            f"the console cannot use the sound of this machine ({error}); install PortAudio (Debian: apt-get install "
            "libportaudio2, macOS: brew install portaudio), or run `dev` and call the agent with `offhook call`"
        ) from None


def _explain(command: str, file: Path) -> NoReturn:
    usage = USAGE.format(file=file)
    if command in ("-h", "--help"):
        print(usage)
        sys.exit(0)
    print(f"{command!r} is not a command\n\n{usage}" if command else usage, file=sys.stderr)
    sys.exit(2)
