"""The talk page in a real browser on a real server, with an audio file as the microphone."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from dotenv import dotenv_values
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from tests.live.browser import AXE, browser, missing, speak_into, violations
from tests.live.stranger import Stranger

from offhook.control.api import connect
from offhook.dev.page.assets import client, how_to_get_it
from offhook.dev.spawn import kill_group
from offhook.journal.reader import Reader
from offhook.testing.live.worker import Worker
from offhook.tokens import room_token

pytestmark = pytest.mark.live

AGENTS = Path(__file__).parent / "agents"
QUESTION = "what are your opening hours"
ANSWER = "We are open all day."
LAST_WORDS = "Thank you for calling the stage and have a very pleasant evening."
LOUDEST = """async () => {
  const sound = document.querySelector("audio").srcObject;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(sound).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (let look = 0; look < 100 && loudest < 0.02; look++) {
    await new Promise((go) => setTimeout(go, 50));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples);
  }
  return loudest;
}"""
SETTLED = """() => {
  const seen = ["#transcript", "#state"].map((name) => document.querySelector(name).innerText).join();
  if (seen !== window.seen) [window.seen, window.since] = [seen, Date.now()];
  return Date.now() - window.since > 4000;
}"""
NO_DEVICE = """navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("Requested device not found", "NotFoundError");
}"""


@dataclass(frozen=True, slots=True)
class Dev:
    """A running `dev` and the address of its page."""

    worker: Worker
    folder: Path
    address: str

    @property
    def server(self) -> dict[str, str]:
        return {name: value or "" for name, value in dotenv_values(self.folder / ".offhook" / "livekit.env").items()}

    def call(self, hint: str) -> str:
        """The call that the page's hint names."""
        with Reader(self.folder / ".offhook" / "journal.db") as reader:
            return reader.find(hint.removeprefix("offhook show "))

    def server_process(self, binary: Path) -> psutil.Process:
        children = psutil.Process(self.worker.process.pid).children(recursive=True)
        return next(one for one in children if one.cmdline()[:1] == [str(binary)])


@pytest.fixture(scope="module")
def dev(livekit_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """`offhook dev` with the agent of agents/stage.py."""
    if client() is None or not AXE.is_file():
        missing(f"{how_to_get_it()}: the talk page is NOT tested")
    folder = tmp_path_factory.mktemp("page")
    for name in ("stage.py", "tools.py"):
        (folder / name).write_bytes((AGENTS / name).read_bytes())
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    ours = {"OFFHOOK_LIVEKIT_SERVER": str(livekit_binary), "OFFHOOK_PRESET": "offline", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "offhook", "dev", "stage.py", "--page-port", "0"],
        cwd=folder,
        env={**plain, **ours},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        worker = Worker(process)
        address = re.search(r"http://\S+", worker.wait_for("Ready."))
        assert address is not None
        yield Dev(worker, folder, address[0])
    finally:
        process.terminate()
        process.wait(20)
        kill_group(process)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    spoken = tmp_path_factory.mktemp("microphone") / "caller.wav"
    speak_into(spoken, QUESTION, after=3.5, times=4)  # on a busy machine, one of them may be misrecognised
    with browser(spoken) as running:
        yield running


Opened = Callable[..., Page]


@pytest.fixture
def opened(dev: Dev, chromium: Browser) -> Iterator[Opened]:
    """Opens the page; every error in the browser's console fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def go(*, microphone: bool = True, script: str = "", width: int = 1000) -> Page:
        granted = ["microphone"] if microphone else []
        context = chromium.new_context(permissions=granted, viewport={"width": width, "height": 720})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        if script:
            page.add_init_script(script)
        page.goto(dev.address)
        expect(page.locator("#worker")).to_have_text("Ready")
        return page

    expect.set_options(timeout=15_000)
    yield go
    for context in contexts:
        context.close()
    # livekit-client 2.23 leaves a rejected promise unhandled when a call ends during a reconnect.
    assert [one for one in complaints if one != "engine closed before restart completed"] == []


def said(page: Page, who: str, text: str, *, within: float = 15) -> None:
    """Wait for a final line with these words."""
    line = page.locator(f"#transcript li.{who}:not(.interim) .words", has_text=text).last
    expect(line).to_be_visible(timeout=within * 1000)


def type_in(page: Page, text: str) -> None:
    page.get_by_label("Message to the agent").fill(text)
    page.get_by_role("button", name="Send").click()


def muted_at_server(dev: Dev, wanted: list[bool]) -> list[bool]:
    """Whether the microphones in the talk page's rooms are muted, as the server sees it.

    Waits until it is as wanted: the page tells the server after its button has changed.
    """

    async def ask() -> list[bool]:
        url, key, secret = (dev.server[f"LIVEKIT_{name}"] for name in ("URL", "API_KEY", "API_SECRET"))
        async with connect(url=url, key=key, secret=secret) as api:
            rooms = [room.name for room in await api.list_rooms()]
            people = [one for room in rooms for one in await api.list_participants(room)]
            return [track.muted for one in people if one.identity.startswith("guest-") for track in one.tracks]

    async def wait() -> list[bool]:
        until = time.monotonic() + 5
        while (found := await ask()) != wanted and time.monotonic() < until:  # noqa: ASYNC110  # no event outside the room
            await asyncio.sleep(0.05)
        return found

    with ThreadPoolExecutor(1) as pool:  # Playwright runs an event loop in this thread
        return pool.submit(asyncio.run, wait()).result(20)


def test_a_caller_is_understood_hears_the_answer_and_learns_that_the_agent_hung_up(dev: Dev, opened: Opened) -> None:
    page = opened()
    assert violations(page) == []
    page.get_by_role("button", name="Start talking").click()
    said(page, "agent", "Hello.")
    said(page, "caller", QUESTION, within=25)
    assert page.evaluate(LOUDEST) > 0.02
    said(page, "agent", ANSWER)
    assert violations(page) == []
    mute = page.get_by_role("button", name="Mute")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    assert muted_at_server(dev, [True]) == [True]
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "false")
    assert muted_at_server(dev, [False]) == [False]
    mute.click()
    # Earlier microphone audio may still become a turn, and LiveKit lets this turn replace a typed one.
    page.wait_for_function(SETTLED, polling=200, timeout=30_000)
    type_in(page, "hang up")
    said(page, "caller", "hang up")
    said(page, "agent", LAST_WORDS)
    expect(page.get_by_role("heading", name="The agent ended the call.")).to_be_visible()
    expect(page.locator("#show")).to_contain_text("offhook show AJ_")
    assert dev.call(page.locator("#show").inner_text()).startswith("AJ_")
    assert violations(page) == []
    assert page.locator("#transcript li.interim").count() == 0, "what is final stands beside what it replaces"


def test_a_keyboard_is_enough_and_nobody_is_asked_for_a_microphone(dev: Dev, opened: Opened) -> None:
    page = opened(microphone=False, width=360)
    for name in ("Start talking", "Type instead"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message to the agent")).to_be_focused()
    page.keyboard.type("what are your opening hours")  # the agent has not joined yet
    page.keyboard.press("Enter")
    said(page, "agent", ANSWER)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert muted_at_server(dev, []) == []
    for name in ("Send", "Use microphone", "Hang up"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="You hung up.")).to_be_focused()
    expect(page.locator("#show")).to_contain_text("offhook show AJ_")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Talk again")).to_be_focused()


@pytest.mark.parametrize(
    ("script", "words"),
    [("", "The microphone is not allowed here."), (NO_DEVICE, "There is no microphone.")],
    ids=["refused", "absent"],
)
def test_without_a_microphone_one_is_told_so_and_can_type(opened: Opened, script: str, words: str) -> None:
    page = opened(microphone=False, script=script)
    page.get_by_role("button", name="Start talking").click()
    expect(page.locator("#notices")).to_contain_text(words)
    expect(page.get_by_role("button", name="Use microphone")).to_be_visible()
    said(page, "agent", "Hello.")
    type_in(page, "when are you open")
    said(page, "agent", ANSWER)
    assert violations(page) == []


def answering(dev: Dev, room: str, agent: str | None = None) -> Callable[[Route], None]:
    """Answers the page's token request with a token for this room and this agent."""
    key, secret = dev.server["LIVEKIT_API_KEY"], dev.server["LIVEKIT_API_SECRET"]
    token = room_token(api_key=key, api_secret=secret, room=room, identity="guest-1", role="caller", agent=agent)
    return lambda route: route.fulfill(json={"url": dev.server["LIVEKIT_URL"], "room": room, "token": token})


def test_a_call_that_nobody_takes_is_given_up_after_twenty_seconds(dev: Dev, opened: Opened) -> None:
    page = opened()
    page.route("**/token", answering(dev, "talk-nobody", agent="nobody"))
    page.clock.install()
    page.get_by_role("button", name="Start talking").click()
    expect(page.locator("#state")).to_have_text("Calling the agent")
    page.clock.fast_forward(19_000)
    expect(page.get_by_role("button", name="Hang up")).to_be_visible()
    page.clock.fast_forward(1_000)
    expect(page.get_by_role("heading", name="No agent took the call.")).to_be_visible()
    assert violations(page) == []


def test_the_page_talks_to_agents_that_are_not_ours(dev: Dev, opened: Opened) -> None:
    stranger = Stranger(dev.server, "talk-stranger")
    with stranger.sitting():
        page = opened(microphone=False)
        page.route("**/token", answering(dev, "talk-stranger"))
        page.get_by_role("button", name="Type instead").click()
        expect(page.locator("#state")).to_have_text("Listening")
        type_in(page, "anybody there")
        said(page, "agent", "You wrote: anybody there")
        stranger.leave()
        expect(page.get_by_role("heading", name="The agent left the call.")).to_be_visible()


def test_broken_code_is_told_before_the_call_and_after_it(dev: Dev, opened: Opened) -> None:
    page = opened()
    tools = dev.folder / "tools.py"
    good = tools.read_text()
    tools.write_text(good + "\ndef broken(:\n")
    try:
        expect(page.locator("#notices")).to_contain_text("tools.py line")
        expect(page.locator("#notices")).to_contain_text("SyntaxError")
        page.get_by_role("button", name="Start talking").click()
        expect(page.get_by_role("heading", name="The agent failed and hung up.")).to_be_visible()
        expect(page.locator("#detail")).to_contain_text("SyntaxError")
        assert violations(page) == []
    finally:
        tools.write_text(good)
    expect(page.locator("#notices")).to_be_empty()


def test_a_server_that_goes_away_and_a_dev_that_ends_are_told(dev: Dev, opened: Opened, livekit_binary: Path) -> None:
    page = opened()
    page.clock.install()
    page.get_by_role("button", name="Type instead").click()
    said(page, "agent", "Hello.")
    dev.server_process(livekit_binary).kill()
    expect(page.locator("#state")).to_have_text("Connection interrupted, reconnecting")
    page.clock.fast_forward(21_000)
    expect(page.get_by_role("heading", name="The connection was lost.")).to_be_visible()
    expect(page.locator("#worker")).to_have_text("Trying to reach LiveKit")
    dev.worker.process.kill()
    expect(page.locator("#worker")).to_have_text("offhook dev has ended")
    expect(page.get_by_role("button", name="Talk again")).to_be_disabled()
