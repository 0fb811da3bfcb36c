"""`offhook permit` changes one right of a person on a real server, and keeps the others."""

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from livekit import rtc
from tests.live.in_process import offhook
from tests.live.test_tokens import arrives, joined, may, publish

from offhook.control.api import Api, connect
from offhook.control.permissions import Rights, RightsChange, change_rights, read_rights
from offhook.core.errors import RoomError
from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live

MICROPHONE = rtc.TrackSource.SOURCE_MICROPHONE
CALLER = Rights(
    publish=True, subscribe=True, data=True, hidden=False, update_own_metadata=False, sources=("microphone",)
)


def api_of(server: LocalServer) -> AbstractAsyncContextManager[Api]:
    return connect(url=server.url, key=server.api_key, secret=server.api_secret)


async def published(api: Api, room: str, identity: str) -> None:
    """Wait until the server lists the person's track, which takes until the first media."""
    async with asyncio.timeout(5):
        while (await read_rights(api, room, identity)).published == 0:  # noqa: ASYNC110 - the server has no event
            await asyncio.sleep(0.05)


async def permit(server: LocalServer, folder: Path, *arguments: str, **environ: str) -> tuple[int, str, str]:
    """Run the command in a folder without settings."""
    done = await offhook("permit", *arguments, folder=folder, environ={**server.variables(), **environ})
    return done.code, done.out, done.err


async def test_a_person_loses_the_right_to_write_and_keeps_the_others(livekit: LocalServer, room: str) -> None:
    async with (
        joined(livekit, room, "ada", "caller") as ada,
        joined(livekit, room, "bob", "caller") as bob,
        api_of(livekit) as api,
    ):
        assert await may(publish(ada, MICROPHONE))
        await published(api, room, "ada")
        assert await arrives(ada, bob)
        before, after = await change_rights(api, room, "ada", RightsChange(data=False))
        assert (before.rights, before.published) == (CALLER, 1)
        assert after.rights == Rights(
            publish=True, subscribe=True, data=False, hidden=False, update_own_metadata=False, sources=("microphone",)
        )
        assert after.published == 1, "the microphone stays published"
        assert await read_rights(api, room, "ada") == after
        assert not await arrives(ada, bob)
        assert await arrives(bob, ada), "ada still receives"
        await change_rights(api, room, "ada", RightsChange(data=True))
        assert await arrives(ada, bob)


async def test_a_microphone_that_lost_its_right_does_not_come_back_but_can_be_published_again(
    livekit: LocalServer, room: str
) -> None:
    async with joined(livekit, room, "ada", "caller") as ada, api_of(livekit) as api:
        gone = asyncio.Event()
        async with joined(livekit, room, "bob", "caller") as bob:
            bob.on("track_unpublished", lambda *_: gone.set())
            await publish(ada, MICROPHONE)
            await published(api, room, "ada")
            _, after = await change_rights(api, room, "ada", RightsChange(publish=False))
            assert after.rights.sources == ("microphone",), "the sources stay for a later change"
            await asyncio.wait_for(gone.wait(), 5)
            assert not await may(publish(ada, MICROPHONE))
            await change_rights(api, room, "ada", RightsChange(publish=True))
            await asyncio.sleep(1)
            assert (await read_rights(api, room, "ada")).published == 0
            assert await may(publish(ada, MICROPHONE))


async def test_a_hidden_person_is_found_and_can_be_made_visible(livekit: LocalServer, room: str) -> None:
    async with (
        joined(livekit, room, "ada", "caller") as ada,
        joined(livekit, room, "ears", "monitor"),
        api_of(livekit) as api,
    ):
        appeared = asyncio.Event()
        ada.on("participant_connected", lambda _one: appeared.set())
        assert (await read_rights(api, room, "ears")).rights.hidden
        await change_rights(api, room, "ears", RightsChange(hidden=False))
        await asyncio.wait_for(appeared.wait(), 5)


async def test_a_change_to_what_is_already_true_changes_nothing(livekit: LocalServer, room: str) -> None:
    async with joined(livekit, room, "ada", "caller"), api_of(livekit) as api:
        before, after = await change_rights(api, room, "ada", RightsChange(publish=True, hidden=False))
        assert before == after


async def test_the_command_shows_changes_and_shows_again(livekit: LocalServer, room: str, tmp_path: Path) -> None:
    async with joined(livekit, room, "ada", "caller", name="Ada"):
        code, out, err = await permit(livekit, tmp_path, room, "ada")
        assert (code, err) == (0, "")
        assert out.splitlines() == [
            f"ada (Ada) in room {room}",
            "  publishes                 yes: microphone",
            "  hears the room            yes",
            "  sends messages            yes",
            "  hidden                    no",
            "  changes its own metadata  no",
        ]
        _, out, _ = await permit(livekit, tmp_path, room, "ada", "--no-data", "--update-own-metadata")
        assert "  sends messages            no (before: yes)\n" in out
        assert "  changes its own metadata  yes (before: no)\n" in out
        _, out, _ = await permit(livekit, tmp_path, room, "ada", "--no-publish", "--json")
        told = json.loads(out)
        assert told["changed"] == ["publish"]
        assert told["rights"] == {
            "publish": False,
            "subscribe": True,
            "data": False,
            "hidden": False,
            "update_own_metadata": True,
            "sources": ["microphone"],
        }


async def refusal(api: Api, room: str, identity: str) -> str:
    with pytest.raises(RoomError) as refused:
        await change_rights(api, room, identity, RightsChange(data=False))
    return str(refused.value)


async def test_what_is_not_there_is_told_with_what_is_there(livekit: LocalServer, room: str) -> None:
    async with joined(livekit, room, "user-17", "caller", name="Ada Lovelace"), api_of(livekit) as api:
        gone = f"there is no room '{room}x' on {livekit.url}; open rooms: '{room}'"
        assert (await refusal(api, room + "x", "ada")).startswith(gone)
        text = await refusal(api, room, "user-71")
        assert text == f"there is no 'user-71' in room '{room}'; did you mean 'user-17' ('Ada Lovelace')?"
        text = await refusal(api, room, "ada lovelace")
        assert text.endswith("did you mean 'user-17' ('Ada Lovelace')?")
        text = await refusal(api, room, "zz")
        assert text == f"there is no 'zz' in room '{room}'; in the room: 'user-17'"


async def test_a_wrong_key_and_a_server_that_is_away_are_one_line_and_exit_code_2(
    livekit: LocalServer, room: str, tmp_path: Path
) -> None:
    wrong = await permit(livekit, tmp_path, room, "ada", "--no-data", LIVEKIT_API_SECRET="x" * 40)
    refuses = f"offhook: {livekit.url} refuses the key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET\n"
    assert wrong == (2, "", refuses)
    code, out, err = await permit(livekit, tmp_path, room, "ada", LIVEKIT_URL="ws://127.0.0.1:1")
    assert (code, out) == (2, "")
    assert err == (
        "offhook: ws://127.0.0.1:1 does not answer (ClientConnectorError): is the LiveKit server running there?\n"
    )
