"""A real browser for the tests of the talk page, found or fetched. Its microphone plays an audio file."""

import os
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from offhook.testing.speech import RATE, load

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
FETCH_WITHIN = 180


@contextmanager
def browser(microphone: Path) -> Iterator[Browser]:
    """Run Chromium while the block lasts. A page needs a context with the permission to use the microphone."""
    with sync_playwright() as playwright:
        path = _path(playwright)
        microphone_flag = f"--use-file-for-fake-audio-capture={microphone}%noloop"
        chromium = playwright.chromium.launch(executable_path=path, args=[*FLAGS, microphone_flag])
        try:
            yield chromium
        finally:
            chromium.close()


def _path(playwright: Playwright) -> str:
    if found := _on_path():
        return found
    bundled = Path(playwright.chromium.executable_path)
    if not bundled.is_file():
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
    if bundled.is_file():
        return str(bundled)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    if found := _on_path():
        return found
    return missing("Chromium was not found and could not be fetched: the talk page is NOT tested; put chromium on PATH")


def speak_into(path: Path, line: str, *, after: float, times: int = 1) -> None:
    """Write the microphone's audio file: `times` times silence (`after` seconds) and the line, then 30 s of silence."""
    pcm = [np.zeros(round(after * RATE), np.int16), load(line)] * times + [np.zeros(30 * RATE, np.int16)]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.concatenate(pcm).tobytes())


def violations(page: Page) -> list[str]:
    """The problems that axe-core finds, and those of the colours in dark mode."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for scheme, rules in (("light", ""), ("dark", "{runOnly: ['color-contrast']}")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # both are schemes
        result = page.evaluate(f"axe.run({rules})")
        found += [f"{scheme}: {one['id']} {[node['html'] for node in one['nodes']]}" for one in result["violations"]]
    return found


def missing(text: str) -> str:
    """Skip the test and print the reason; in CI, fail instead."""
    if os.environ.get("CI"):
        pytest.fail(text)
    print(f"\n{text}", file=sys.__stderr__, flush=True)
    pytest.skip(text)


def _on_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _try(command: list[str]) -> None:
    print(f"\nno browser found; running: {' '.join(command)}", file=sys.__stderr__, flush=True)
    try:
        subprocess.run(command, check=False, timeout=FETCH_WITHIN, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        print("the command took too long", file=sys.__stderr__, flush=True)
