"""The listening page in a real browser: it hears a call, shows its words, and says how it ended."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.live.browser import AXE, browser, missing, speak_into, violations
from tests.live.listening import listening
from tests.live.stranger import Stranger

from offhook.dev.page.assets import client, how_to_get_it
from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live

QUESTION = "what are your opening hours"
ANSWER = "We are open all day."
LAST_WORDS = "Thank you for calling the stage and have a very pleasant evening."
LOUDEST = """async () => {
  const context = new AudioContext();
  const loudest = new Map();
  const analysers = [...document.querySelectorAll("audio")].map((element) => {
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(element.srcObject).connect(analyser);
    return analyser;
  });
  const samples = new Float32Array(2048);
  const heard = () => loudest.size > 0 && Math.min(...loudest.values()) > 0.02;
  for (let look = 0; look < 400 && !heard(); look++) {
    await new Promise((go) => setTimeout(go, 50));
    analysers.forEach((analyser, track) => {
      analyser.getFloatTimeDomainData(samples);
      loudest.set(track, Math.max(loudest.get(track) ?? 0, ...samples));
    });
  }
  return [...loudest.values()];
}"""
WATCH_LEVELS = """() => {
  window.levels = {};
  setInterval(() => document.querySelectorAll(".person").forEach((one) => {
    const level = Number(one.querySelector(".level").dataset.level);
    window.levels[one.dataset.identity] = Math.max(level, window.levels[one.dataset.identity] ?? 0);
  }), 50);
}"""


class Person:
    """A caller on a separate event loop, because Playwright runs its own loop in the test's thread."""

    def __init__(self, stage: Any, room: str) -> None:
        self._stage, self._room = stage, room
        self._ready = threading.Event()
        self._actions: asyncio.Queue[Callable[[Any], Any] | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def calling(self) -> Iterator[None]:
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(asyncio.run, self._run())
            try:
                assert self._ready.wait(20), "the greeting was not heard"
                yield
            finally:
                self._put(None)
                call.result(20)

    def say(self, line: str) -> None:
        self._put(lambda caller: caller.say(line))

    def type(self, text: str) -> None:
        self._put(lambda caller: caller.type(text))

    def _put(self, action: Callable[[Any], Any] | None) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._actions.put_nowait, action)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self._stage.caller(self._room) as caller:
            await caller.hears(since=caller.joined_at)
            await caller.quiet(for_=0.4)
            self._ready.set()
            while (action := await self._actions.get()) is not None:
                await action(caller)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if client() is None or not AXE.is_file():
        missing(f"{how_to_get_it()}: the listening page is NOT tested")
    silence = tmp_path_factory.mktemp("microphone") / "silence.wav"
    speak_into(silence, QUESTION, after=1, times=0)
    with browser(silence) as running:
        yield running


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens the page; every error in the browser's console fails the test."""
    expect.set_options(timeout=15_000)
    context = chromium.new_context(viewport={"width": 880, "height": 640})
    complaints: list[str] = []

    def go(address: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.goto(address)
        return page

    yield go
    context.close()
    assert complaints == []


def chip(page: Page, kind: str) -> Any:
    return page.locator(".person", has_text=kind)


def line(page: Page, who: str, text: str) -> Any:
    return page.locator(f"#transcript li.{who}:not(.interim) .words", has_text=text).last


@pytest.mark.exact  # the answer depends on the words that the agent's STT recognises
def test_a_call_is_heard_read_and_its_end_is_told(stage: Any, room: str, opened: Any, tmp_path: Path) -> None:
    person = Person(stage, room)
    with person.calling(), listening(stage.server, tmp_path, room, journal=stage.journal) as running:
        page = opened(running.address)
        expect(page.locator("#presence")).to_have_text("Hidden from the room")
        expect(page.locator("#room")).to_have_text(room)
        assert violations(page) == []
        page.get_by_role("button", name="Listen").click()
        expect(chip(page, "stage")).to_contain_text("Agent")
        expect(page.locator(".person")).to_have_count(2)
        expect(page.locator("audio")).to_have_count(2)
        page.evaluate(WATCH_LEVELS)
        person.say(QUESTION)
        loudest = page.evaluate(LOUDEST)
        assert len(loudest) == 2
        assert min(loudest) > 0.02, "the caller and the agent are both heard"
        page.wait_for_function("Math.min(...Object.values(window.levels)) >= 2")
        expect(line(page, "agent", ANSWER)).to_be_visible()
        expect(line(page, "caller", "opening")).to_be_visible()  # the recogniser may take another word for a word
        assert violations(page) == []
        person.type("hang up")
        expect(line(page, "caller", "hang up")).to_be_visible()
        expect(page.locator("#state")).to_have_text("stage speaks")
        expect(line(page, "agent", LAST_WORDS)).to_be_visible()
        expect(page.get_by_role("heading", name="The agent ended the call.")).to_be_focused()
        expect(page.locator("#show")).to_contain_text("offhook show AJ_")
        assert violations(page) == []
        page.get_by_role("button", name="Listen again").click()
        expect(page.get_by_role("heading", name="There is nothing to listen to.")).to_be_visible()
        expect(page.locator("#how")).to_contain_text(f"there is no room '{room}'")
        assert page.locator("input").count() == 0


def test_a_room_without_an_agent_is_heard_and_the_end_of_the_program_ends_the_page(
    livekit: LocalServer, room: str, opened: Any, tmp_path: Path
) -> None:
    stranger = Stranger(livekit.variables(), room)
    with stranger.sitting(), listening(livekit, tmp_path, room, "--visible", "--name", "Coach") as running:
        page = opened(running.address)
        page.set_viewport_size({"width": 360, "height": 640})
        expect(page.locator("#presence")).to_have_text("Visible as Coach")
        page.clock.install()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Listen")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".person")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        stranger.leave()
        expect(page.locator("#notices")).to_contain_text("No agent is in this room.")
        expect(page.locator("#state")).to_have_text("Nobody is in the room")
        page.clock.fast_forward(11_000)
        expect(page.get_by_role("heading", name="Everybody has left the room.")).to_be_visible()
        page.get_by_role("button", name="Listen again").click()
        expect(page.locator("#state")).to_have_text("Nobody is in the room")
        running.worker.process.terminate()
        expect(page.get_by_role("heading", name="Listening has ended.")).to_be_visible()
        page.get_by_role("button", name="Listen again").click()
        expect(page.get_by_role("heading", name="offhook listen has ended.")).to_be_visible()
