"""Reads the SIP configuration of a running server through its API."""

from collections.abc import Collection

import aiohttp
from google.protobuf.message import DecodeError
from livekit import api as lk

from offhook.checks.secrets import redact_url
from offhook.checks.sip.config import SipConfig
from offhook.control.api import Api, no_answer
from offhook.core.errors import RoomError, SettingsError

__all__ = ["fetch_config"]

_NO_REDIS = "redis required"


async def fetch_config(api: Api, agents: Collection[str] | None = None) -> SipConfig:
    """Return the inbound trunks and the dispatch rules. If the server does not return them, raise an error with the
    reason.
    """
    try:
        trunks = await api.services.sip.list_inbound_trunk(lk.ListSIPInboundTrunkRequest())
        rules = await api.services.sip.list_dispatch_rule(lk.ListSIPDispatchRuleRequest())
    except lk.ServerError as error:
        raise _refusal(redact_url(api.url), error) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise RoomError(no_answer(redact_url(api.url), error)) from error
    except DecodeError as error:
        raise RoomError(f"{redact_url(api.url)} is not a LiveKit server: check LIVEKIT_URL") from error
    names = None if agents is None else frozenset(agents)
    return SipConfig(tuple(trunks.items), tuple(rules.items), names)


def _refusal(url: str, error: lk.ServerError) -> RoomError | SettingsError:
    """Return an error that says what to do. The server's error text is not shown: it may contain the token."""
    if _NO_REDIS in error.message:
        return RoomError(
            f"{url} has no Redis, so it stores no trunks and no rules: set `redis.address` in its configuration, and "
            "the same in livekit-sip's"
        )
    if error.status == 401:
        return SettingsError(f"{url} refuses the key: check that LIVEKIT_API_KEY and LIVEKIT_API_SECRET belong to it")
    if error.status == 403:
        return SettingsError(f"{url} gives this key no right to administer SIP: use a key with the grant sip.admin")
    return RoomError(f"{url} does not list its SIP trunks (HTTP {error.status}): is it a LiveKit server with SIP?")
