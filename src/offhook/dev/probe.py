"""Checks whether the livekit-server with a given secret answers at a port."""

import http.client

from offhook.tokens import server_token

__all__ = ["is_ours"]


def is_ours(port: int, *, key: str, secret: str) -> bool:
    """Return True if a livekit-server with this key and secret answers at the port; False for any other program."""
    token = server_token(api_key=key, api_secret=secret, grants=["roomList"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request(
            "POST",
            "/twirp/livekit.RoomService/ListRooms",
            body="{}",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
