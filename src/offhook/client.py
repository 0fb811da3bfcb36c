"""The client that lists running calls, sends commands to them and follows their journal records.

`SyncClient` is for code without asyncio.
"""

from offhook.control.client import Client, CommandReport, RunningCall
from offhook.control.sync_client import SyncCall, SyncClient
from offhook.core.commands.keys import CommandKey
from offhook.core.errors import CommandError

__all__ = ["Client", "CommandError", "CommandKey", "CommandReport", "RunningCall", "SyncCall", "SyncClient"]
