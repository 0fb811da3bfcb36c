"""Finds the files of offhook's local web pages. offhook's own files are in `web/`. LiveKit's browser client is in the
wheel of offhook, or in the node_modules of the checkout.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["CHECKOUT", "Part", "client", "how_to_get_it", "parts"]

WEB: Final = Path(__file__).parent / "web"
CHECKOUT: Final = Path(__file__).parents[4]
IN_WHEEL: Final = Path(__file__).parent / "vendor" / "livekit-client.umd.js"
IN_CHECKOUT: Final = Path("node_modules/livekit-client/dist/livekit-client.umd.js")
TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the page and its content type."""

    path: Path
    content_type: str


def client(checkout: Path = CHECKOUT, in_wheel: Path = IN_WHEEL) -> Path | None:
    """Return the path of LiveKit's browser client: from the wheel, else from the checkout, else None."""
    candidates = [in_wheel, checkout / IN_CHECKOUT] if _from_checkout(checkout) else [in_wheel]
    return next((path for path in candidates if path.is_file()), None)


def how_to_get_it(checkout: Path = CHECKOUT) -> str:
    """Return a line that says how to get LiveKit's browser client, which the page needs."""
    missing = "no page: livekit-client, LiveKit's browser client, is missing; "
    if _from_checkout(checkout):
        return f"{missing}fetch it with: {sys.executable} -m offhook.dev.page.fetch"
    return f"{missing}install offhook from a wheel that contains it"


def parts(livekit_client: Path, own: Path = WEB) -> Mapping[str, Part]:
    """Return every file of the page by its URL path: the files of the talk page and of the folder `own`."""
    files = {f"/{path.name}": path for folder in (WEB, own) for path in folder.iterdir() if path.suffix in TYPES}
    files |= {"/": own / "index.html", "/livekit-client.js": livekit_client}
    return {address: Part(path, TYPES[path.suffix]) for address, path in files.items()}


def _from_checkout(checkout: Path) -> bool:
    """Return True if offhook runs from a checkout. If offhook is installed, the folder `checkout` has other
    files.
    """
    return (checkout / "package-lock.json").is_file() and (checkout / "src" / "offhook").is_dir()
