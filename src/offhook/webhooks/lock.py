"""A lock for each receiver. If several workers share a journal, only the worker with the lock sends to the receiver."""

from pathlib import Path

from offhook.core.webhooks import Receiver
from offhook.journal.lock import FileLock

__all__ = ["ReceiverLock"]


class ReceiverLock(FileLock):
    """Lets only one of the workers that share this journal send to the receiver."""

    def __init__(self, journal: Path, receiver: Receiver) -> None:
        super().__init__(journal.with_name(f"{journal.name}-webhooks-{receiver.name.rpartition('-')[2]}.lock"))
