"""Where the files of the page are: ours beside this one, LiveKit's browser client in the wheel or in node_modules."""

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
    """One file of the page and what it is to a browser."""

    path: Path
    content_type: str


def client(checkout: Path = CHECKOUT, in_wheel: Path = IN_WHEEL) -> Path | None:
    """LiveKit's browser client: the wheel's, else the checkout's; None when neither is there."""
    candidates = [in_wheel, checkout / IN_CHECKOUT] if _ours(checkout) else [in_wheel]
    return next((path for path in candidates if path.is_file()), None)


def how_to_get_it(checkout: Path = CHECKOUT) -> str:
    """One line for a person who has no page."""
    missing = "no talk page: livekit-client, LiveKit's code for browsers, is not here; "
    if _ours(checkout):
        return f"{missing}fetch it with: {sys.executable} -m offhook.dev.page.fetch"
    return f"{missing}install offhook from a wheel that has it"


def parts(livekit_client: Path) -> Mapping[str, Part]:
    """Every file that the page is made of, by its address."""
    files = {f"/{path.name}": path for path in WEB.iterdir() if path.suffix in TYPES}
    files |= {"/": WEB / "index.html", "/livekit-client.js": livekit_client}
    return {address: Part(path, TYPES[path.suffix]) for address, path in files.items()}


def _ours(checkout: Path) -> bool:
    """Whether this is run from a checkout; next to an installed package anything may lie."""
    return (checkout / "package-lock.json").is_file() and (checkout / "src" / "offhook").is_dir()
