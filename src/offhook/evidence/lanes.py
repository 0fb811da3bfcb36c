"""Who speaks while, and how long nobody did: the lanes beside the rows of a timeline."""

from offhook.core.record import Record

__all__ = ["Lanes", "since_of"]


class Lanes:
    """`take` is given each record in order."""

    def __init__(self) -> None:
        self.caller = self.agent = False
        self._quiet_since: float | None = None

    def take(self, record: Record) -> tuple[float, float] | None:
        """The silence that this record ends: from, to."""
        beside = record.name == "Said" and record.body.get("since") is not None
        match record.name:
            case "AgentTurned":
                self.agent = record.body["state"] == "speaking"
            case "CallerTurned":
                self.caller = record.body["state"] == "speaking"
            case "SessionStarted" | "Ended":
                pass
            case _ if not beside:  # one that is beside the session has been heard since then, until now
                return None
        since, now, silent = self._quiet_since, since_of(record), not (self.caller or self.agent)
        if beside:
            self._quiet_since = record.elapsed if silent else None
        elif silent and record.name != "Ended":
            self._quiet_since = now if since is None else since
            return None
        else:
            self._quiet_since = None
        return None if since is None else (since, now)


def since_of(record: Record) -> float:
    """When it really was: a detector reports late, and says by how much."""
    since = record.body.get("since")
    return min(since, record.elapsed) if isinstance(since, float) else record.elapsed
