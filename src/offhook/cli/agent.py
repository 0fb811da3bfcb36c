"""What `python agents/agent.py dev|start|console|connect|download-files` does."""

import os
import sys
import warnings
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TextIO, cast

from offhook.cli.complain import complain
from offhook.core.errors import OffhookError, PlanError, SettingsError

__all__ = ["run", "run_agent_file"]

USAGE = """usage: python {file} COMMAND [options]

  dev              run it here, with a local livekit-server if LIVEKIT_URL is not set
  start            run it in production
  console          speak to it in this terminal
  connect          join one room (--room NAME)
  download-files   fetch the model files that its plugins want"""


def run(server: object) -> None:
    """Carry out the command line of an agent file; call it under `if __name__ == "__main__":`."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    run_agent_file(server, sys.argv[1:], Path(file) if file else Path("agent.py"))


def run_agent_file(server: object, argv: list[str], file: Path) -> None:
    """Carry out the command that an agent file was started with.

    Args:
        server: the file's `server`.
        argv: what followed the file's name on the command line.
        file: the agent file.

    """
    command, options = (argv[0], argv[1:]) if argv else ("", [])
    try:
        match command:
            case "dev":
                _become("offhook", "dev", str(file), *options)
            case "start":
                from offhook.cli.start import become_worker

                become_worker(file, options)
            case "download-files":
                _become("livekit.agents", "download-files", *options)
            case "console" | "connect":
                _run_livekit_cli(server, argv, file)
            case _:
                _explain(command, file)
    except OffhookError as error:
        complain(error)


def _become(module: str, *arguments: str) -> NoReturn:
    from offhook.settings import load_env_files

    load_env_files(Path.cwd())
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - no shell is the point


def _run_livekit_cli(server: object, argv: list[str], file: Path) -> None:
    """Hand over to livekit's own commands, which have no successor in Python, without the word that they are old.

    Its `console` sets LIVEKIT_DEV_MODE, under which unpinned turn detection would be a cloud model: pin it.
    """
    from livekit.agents import AgentServer, cli

    from offhook.settings import load_env_files

    if not isinstance(server, AgentServer):
        raise PlanError(f"run() was given {type(server).__name__}; give it the server of {file}")
    if argv[0] == "console" and "--help" not in argv:
        _sound_wanted()
    load_env_files(Path.cwd())
    sys.argv = [str(file), *argv]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the built-in Python CLI", category=DeprecationWarning)
        with redirect_stdout(cast("TextIO", _WithoutNotice(sys.stdout))):
            cli.run_app(server)


class _WithoutNotice:
    """Standard output without the notice that `console` prints there, in one piece, at every start."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return len(text) if " Deprecated " in text else self._out.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._out, name)


def _sound_wanted() -> None:
    """Livekit's console opens the sound card even for typed text, and fails with a traceback where there is none."""
    try:
        import_module("sounddevice")
    except OSError as error:
        raise SettingsError(
            f"the console cannot use the sound of this machine ({error}); install PortAudio (Debian: apt-get install "
            "libportaudio2, macOS: brew install portaudio), or run `dev` and speak to it with `offhook call`"
        ) from None


def _explain(command: str, file: Path) -> NoReturn:
    usage = USAGE.format(file=file)
    if command in ("-h", "--help"):
        print(usage)
        sys.exit(0)
    print(f"{command!r} is not a command\n\n{usage}" if command else usage, file=sys.stderr)
    sys.exit(2)
