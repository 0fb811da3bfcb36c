"""The local livekit-server: starts on request, stops at the end, and avoids used ports."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from livekit import api

from offhook.core.errors import ServerError
from offhook.dev.server import LocalServer, local_server

pytestmark = pytest.mark.live

HOLDS = """
import sys
from pathlib import Path
from offhook.dev.server import local_server
with local_server(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


async def rooms(server: LocalServer) -> int:
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as client:
        return len((await client.room.list_rooms(api.ListRoomsRequest())).rooms)


def ends(pid: int, within: float = 5.0) -> bool:
    """True if a process, also a foreign one, ends in time; a zombie counts as ended."""
    try:
        psutil.Process(pid).wait(within)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def started(binary: Path, *command: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "OFFHOOK_LIVEKIT_SERVER": str(binary)}
    return subprocess.Popen(
        [sys.executable, *command], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


async def test_it_answers_as_soon_as_it_is_entered_and_leaves_nothing_behind(livekit_binary: Path) -> None:
    with local_server(livekit_binary) as server:
        assert await rooms(server) == 0
    assert not psutil.pid_exists(server.pid)
    assert not server.log.exists()


async def test_a_second_one_takes_other_ports(livekit_binary: Path) -> None:
    said: list[str] = []
    with local_server(livekit_binary) as one, local_server(livekit_binary, progress=said.append) as other:
        assert one.url != other.url
        assert (await rooms(one), await rooms(other)) == (0, 0)
        assert len(said) == 1


def test_a_port_in_use_is_refused(livekit_binary: Path) -> None:
    with local_server(livekit_binary) as one:
        port = int(one.url.rpartition(":")[2])
        with pytest.raises(ServerError, match=f"port {port} is taken"), local_server(livekit_binary, port=port):
            raise AssertionError("it must not be entered")


async def test_an_open_room_does_not_hold_up_the_end(livekit_binary: Path) -> None:
    with local_server(livekit_binary) as server:
        async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as client:
            await client.room.create_room(api.CreateRoomRequest(name="open"))
    assert not psutil.pid_exists(server.pid)


def test_the_secret_is_not_on_its_command_line_nor_in_its_description(livekit_binary: Path) -> None:
    with local_server(livekit_binary) as server:
        assert server.api_secret not in " ".join(psutil.Process(server.pid).cmdline())
        assert server.api_secret not in repr(server)


def test_it_listens_on_the_loopback_interface_only(livekit_binary: Path) -> None:
    with local_server(livekit_binary) as server:
        addresses = {socket.laddr.ip for socket in psutil.Process(server.pid).net_connections("inet")}
    assert addresses == {"127.0.0.1"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_it_dies_when_its_parent_is_killed(livekit_binary: Path) -> None:
    with started(livekit_binary, "-c", HOLDS, str(livekit_binary)) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert ends(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_command_runs_one_until_it_is_told_to_end(livekit_binary: Path, number: signal.Signals) -> None:
    with started(livekit_binary, "-m", "offhook", "server", "--json") as command:
        assert command.stdout is not None
        told = json.loads(command.stdout.readline())
        server = psutil.Process(command.pid).children()[0]
        async with api.LiveKitAPI(told["LIVEKIT_URL"], told["LIVEKIT_API_KEY"], told["LIVEKIT_API_SECRET"]) as client:
            await client.room.list_rooms(api.ListRoomsRequest())
        command.send_signal(number)
        assert command.wait(10) == 0
    assert ends(server.pid)


def test_the_command_says_so_when_the_server_dies(livekit_binary: Path) -> None:
    with started(livekit_binary, "-m", "offhook", "server") as command:
        assert command.stdout is not None
        assert [command.stdout.readline().partition("=")[0] for _ in range(3)] == [
            "LIVEKIT_URL",
            "LIVEKIT_API_KEY",
            "LIVEKIT_API_SECRET",
        ]
        psutil.Process(command.pid).children()[0].kill()
        assert command.wait(10) == 2
