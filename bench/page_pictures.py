"""Takes the screenshots of the talk page: `python -m bench.page_pictures docs/pictures`.

The program needs Chromium and playwright.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from tests.live.browser import browser, speak_into

from offhook.settings import load_settings
from offhook.testing.live.worker import Worker

__all__ = ["main"]

AGENT = Path(__file__).parents[1] / "agents" / "agent.py"
QUESTION = "what are your opening hours"
WIDE, NARROW = (880, 640), (360, 640)


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name, _running(Path(name)) as address:
        spoken = Path(name) / "caller.wav"
        speak_into(spoken, QUESTION, after=5)
        with browser(spoken) as chromium:
            _call(_page(chromium, address, WIDE), folder)
            _others(chromium, address, folder)


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


def _page(chromium: Browser, address: str, size: tuple[int, int], *, microphone: bool = True) -> Page:
    context = chromium.new_context(
        permissions=["microphone"] if microphone else [],
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1.5,
        reduced_motion="reduce",
    )
    expect.set_options(timeout=20_000)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#worker")).to_have_text("Ready")
    return page


def _take(page: Page, path: Path) -> None:
    page.screenshot(path=path)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def _type(page: Page, text: str) -> None:
    page.get_by_label("Message to the agent").fill(text)
    page.get_by_role("button", name="Send").click()


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """Run `offhook dev` in a new folder and return the page's address. The livekit-server is that of the settings."""
    shutil.copy(AGENT, folder)
    server = load_settings().livekit_server
    if server is not None:
        (folder / ".env.local").write_text(f"OFFHOOK_LIVEKIT_SERVER={server}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "offhook", "dev", AGENT.name, "--page-port", "0", "--no-open"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        address = re.search(r"http://\S+", Worker(process).wait_for("Ready."))
        assert address is not None
        yield address[0]
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
