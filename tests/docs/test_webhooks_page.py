"""The receiver in docs/webhooks.md takes real messages, once, and refuses forged ones; its tables are true."""

import re
import runpy
import time
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from offhook.core.webhooks import EVENTS, Receiver, new_secret, parse_receivers
from offhook.webhooks.post import Answer, open_session, post
from offhook.webhooks.schedule import DELAYS

from .pages import DOCS, blocks

PAGE = DOCS / "webhooks.md"
SECRET = new_secret(b"s" * 24)


def _application(tmp_path: Path, messages: list[Any]) -> web.Application:
    (text,) = (block.text for block in blocks(PAGE) if block.kind == "python")
    file = tmp_path / "recipe.py"
    file.write_text(text, encoding="utf-8")
    application: web.Application = runpy.run_path(str(file), run_name="recipe")["application"](SECRET, messages.append)
    return application


async def _post(receiver: Receiver) -> Answer:
    async with open_session(private=True) as session:
        return await post(session, receiver, "msg_1", '{"type": "call.ended"}', now=time.time(), private=True)


async def test_the_receiver_takes_each_message_once_and_refuses_a_forged_one(tmp_path: Path) -> None:
    messages = list[Any]()
    async with TestServer(_application(tmp_path, messages)) as server:
        url = str(server.make_url("/hooks"))
        (receiver,) = parse_receivers(f"{url} {SECRET}", private=True)
        (forger,) = parse_receivers(f"{url} {new_secret(b'x' * 24)}", private=True)
        assert [await _post(receiver), await _post(receiver)] == [Answer(), Answer()]
        assert (await _post(forger)).error == "the answer is 401"
    assert messages == [{"type": "call.ended"}]


def test_the_table_of_events_is_complete() -> None:
    named = re.findall(r"^\| `(call\.\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert named == [event.name for event in EVENTS]


def test_the_schedule_is_told_as_it_is() -> None:
    names = {5.0: "5 s", 300.0: "5 min", 1800.0: "30 min", **{hours * 3600.0: f"{hours} h" for hours in range(1, 25)}}
    told = [names[delay] for delay in DELAYS]
    assert f"{', '.join(told[:-1])} and {told[-1]}" in PAGE.read_text(encoding="utf-8")
