"""Takes the screenshots of the talk page and of the listening page: `python -m bench.page_pictures docs/pictures`.

The program needs Chromium and playwright.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.live.browser import browser, speak_into

from bench.dev_page import dev_page, program
from offhook.journal.reader import Reader
from offhook.settings import load_settings

__all__ = ["main"]

QUESTION = "what are your opening hours"
WIDE, NARROW = (880, 640), (360, 640)


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name, _running(Path(name)) as address:
        spoken = Path(name) / "caller.wav"
        speak_into(spoken, QUESTION, after=5)
        with browser(spoken) as chromium:
            _call(_page(chromium, address, WIDE), folder)
            _others(chromium, address, folder)
            _listen(chromium, address, folder, home=Path(name))


def _call(page: Page, folder: Path) -> None:
    page.get_by_role("button", name="Start talking").click()
    expect(page.locator("#transcript")).to_contain_text(QUESTION)
    expect(page.locator("#transcript")).to_contain_text("in the evening.")
    _take(page, folder / "page-light.png")
    page.emulate_media(color_scheme="dark")
    _type(page, "thank you, goodbye")
    expect(page.get_by_role("heading", name="The agent ended the call.")).to_be_visible()
    _take(page, folder / "page-dark.png")


def _others(chromium: Browser, address: str, folder: Path) -> None:
    page = _page(chromium, address, NARROW)
    _take(page, folder / "page-narrow.png")
    page = _page(chromium, address, WIDE, microphone=False)
    page.get_by_role("button", name="Start talking").click()
    expect(page.locator("#transcript")).to_contain_text("How can I help?")
    _take(page, folder / "page-error.png")


def _listen(chromium: Browser, address: str, folder: Path, *, home: Path) -> None:
    """Take the screenshots of the listening page during a call from the talk page."""
    talk = _page(chromium, address, WIDE)
    talk.get_by_role("button", name="Type instead").click()
    expect(talk.locator("#state")).to_have_text("Listening")
    with Reader(home / ".offhook" / "journal.db") as reader:
        room = reader.calls(limit=1)[0].room
    with program(home, "listen", room, "--port", "0", "--no-open", ready="hear room") as listening:
        page = _context(chromium, WIDE).new_page()
        page.goto(listening)
        page.get_by_role("button", name="Listen").click()
        expect(page.locator(".person")).to_have_count(2)
        _type(talk, QUESTION)
        expect(page.locator("#transcript")).to_contain_text("in the evening.")
        _take(page, folder / "listen-light.png")
        page.emulate_media(color_scheme="dark")
        _type(talk, "thank you, goodbye")
        expect(page.get_by_role("heading", name="The agent ended the call.")).to_be_visible()
        _take(page, folder / "listen-dark.png")


def _page(chromium: Browser, address: str, size: tuple[int, int], *, microphone: bool = True) -> Page:
    expect.set_options(timeout=20_000)
    page = _context(chromium, size, microphone=microphone).new_page()
    page.goto(address)
    expect(page.locator("#worker")).to_have_text("Ready")
    return page


def _context(chromium: Browser, size: tuple[int, int], *, microphone: bool = False) -> BrowserContext:
    return chromium.new_context(
        permissions=["microphone"] if microphone else [],
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1.5,
        reduced_motion="reduce",
    )


def _take(page: Page, path: Path) -> None:
    page.screenshot(path=path)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def _type(page: Page, text: str) -> None:
    page.get_by_label("Message to the agent").fill(text)
    page.get_by_role("button", name="Send").click()


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """Run `offhook dev` in this folder, with the livekit-server program from this machine's settings."""
    server = load_settings().livekit_server
    if server is not None:
        (folder / ".env.local").write_text(f"OFFHOOK_LIVEKIT_SERVER={server}\n")
    with dev_page(folder) as address:
        yield address


if __name__ == "__main__":
    main(Path(sys.argv[1]))
