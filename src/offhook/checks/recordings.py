"""Checks the bucket or folder to which the worker uploads recordings."""

import asyncio
import secrets
from typing import Final

from offhook.checks.finding import Finding, ok, problem, warning
from offhook.core.errors import SettingsError
from offhook.recordings.bucket import Bucket, BucketError

__all__ = ["check_recordings"]

_WAIT: Final = "until then the recordings stay in their folder, and the worker tries again"


async def check_recordings(url: str, *, limit: float) -> Finding:
    """Check that a file can be uploaded and deleted.

    Args:
        url: `OFFHOOK_RECORDINGS_URL`.
        limit: the seconds that the bucket has for the upload and the deletion.

    """
    name = f"offhook-check-{secrets.token_hex(8)}.txt"
    try:
        bucket = Bucket(url)
        async with asyncio.timeout(limit):
            deleted = await bucket.try_out(name)
    except SettingsError as error:
        return problem(f"no worker starts: {error}", "correct OFFHOOK_RECORDINGS_URL, or install what is missing")
    except BucketError as error:
        return warning(f"{url}: {error}", f"check the URL, the credentials and their rights; {_WAIT}")
    except TimeoutError:
        return warning(f"{url} has not answered within {limit:g} s", f"check the URL and the network; {_WAIT}")
    if not deleted:
        return warning(
            f"{url} accepts files, but refuses to delete them",
            f"allow deletion, or `offhook prune` cannot delete recordings; delete {name} yourself",
        )
    return ok(f"{url}: a test file was uploaded and deleted")
