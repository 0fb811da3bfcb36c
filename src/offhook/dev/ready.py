"""Ask a livekit-server whether it is there, and whether it is ours."""

import http.client
import time

import jwt

__all__ = ["answers"]


def answers(port: int, *, key: str, secret: str) -> bool:
    """Whether a livekit-server that knows this secret serves the port; another program there does not."""
    now = int(time.time())
    token = jwt.encode(
        {"iss": key, "nbf": now - 5, "exp": now + 60, "video": {"roomList": True}}, secret, algorithm="HS256"
    )
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
