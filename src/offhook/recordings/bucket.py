"""Uploads recordings to a bucket or a folder, with the library obstore."""

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from offhook.core.errors import SettingsError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["Bucket", "BucketError"]

_MISSING = "OFFHOOK_RECORDINGS_URL needs obstore; install it with: pip install 'offhook[recording]'"
_TIMEOUT: Final = timedelta(seconds=120)
"""The timeout of one HTTP request. A large file needs several requests, because obstore sends it in parts of 5 MB."""
_RETRIES: Final = 2
"""The number of retries that obstore makes inside one upload attempt. Between two upload attempts, offhook waits as
long as between two attempts of a webhook.
"""

_NO_CONNECTION: Final = "HTTP error: error sending request"
"""Part of obstore's error text if no connection is made, for example with a wrong host or port (obstore 0.12)."""


class BucketError(Exception):
    """The bucket refuses a request, or cannot be reached. The error text does not quote the bucket's HTTP response,
    because the response may contain a secret.
    """


class Bucket:
    """The bucket or folder with this URL. Raises `SettingsError` if obstore is not installed, or if the URL or an
    option is wrong.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            from obstore.store import from_url  # noqa: PLC0415  # an extra
        except ImportError:
            raise SettingsError(_MISSING) from None
        options: dict[str, Any] = {"mkdir": True}
        if not url.startswith("file:"):
            options = {
                "client_options": {"timeout": _TIMEOUT, "allow_http": True},
                "retry_config": {"max_retries": _RETRIES, "retry_timeout": _TIMEOUT},
            }
        try:
            self._store: ObjectStore = from_url(url, **options)
        except Exception as error:  # noqa: BLE001  # obstore raises errors of many types; the text may quote a secret
            raise SettingsError(f"OFFHOOK_RECORDINGS_URL: {_explained(error)}") from None

    def put(self, path: Path, key: str) -> str:
        """Upload this file as `key`, and check the size of the uploaded file. Return the URL of the uploaded file."""
        import obstore  # noqa: PLC0415  # an extra

        size = path.stat().st_size
        try:
            obstore.put(self._store, key, path, attributes={"Content-Type": "audio/ogg"} if self._has_types else None)
            arrived = obstore.head(self._store, key)["size"]
        except Exception as error:  # obstore raises errors of many types
            raise BucketError(_explained(error)) from error
        if arrived != size:
            raise BucketError(f"{arrived} of {size} bytes arrived")
        return f"{self.url}/{key}"

    async def try_out(self, key: str) -> bool:
        """Upload a few bytes as `key`, and delete them. Return False if the bucket refuses the deletion. Raises
        `BucketError` if the upload fails.
        """
        import obstore  # noqa: PLC0415  # an extra

        try:
            await obstore.put_async(self._store, key, b"a test by `offhook check`")
            await obstore.head_async(self._store, key)
        except Exception as error:  # obstore raises errors of many types
            raise BucketError(_explained(error)) from error
        try:
            await obstore.delete_async(self._store, key)
        except Exception:  # noqa: BLE001  # obstore raises errors of many types
            return False
        return True

    def delete(self, url: str) -> bool:
        """Delete the file with this URL, if the file exists. Return False if the URL does not belong to this bucket."""
        import obstore  # noqa: PLC0415  # an extra

        key = url.removeprefix(f"{self.url}/")
        if key == url:
            return False
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return True
        except Exception as error:  # obstore raises errors of many types
            raise BucketError(_explained(error)) from error
        return True

    @property
    def _has_types(self) -> bool:
        return not self.url.startswith("file:")


def _explained(error: Exception) -> str:
    """Return the cause of the error, and the HTTP status if there is one. The bucket's own error text is left out,
    because it may quote the request.
    """
    known = {
        "PermissionDeniedError": "permission denied; these credentials do not allow it",
        "UnauthenticatedError": "the credentials are missing or wrong",
        "NotFoundError": "the bucket or the file does not exist",
        "FileNotFoundError": "the bucket or the file does not exist",
        "UnknownConfigurationKeyError": "an option of obstore is unknown",
    }
    text, name = str(error), type(error).__name__
    status = re.search(r"\b(?:status|HTTP|code)\D{0,20}([45]\d\d)\b", text)
    if _NO_CONNECTION in text:
        return "the bucket cannot be reached"
    why = known.get(name) or (_words(text) if isinstance(error, OSError) else f"the bucket does not work ({name})")
    return f"{why}, HTTP {status.group(1)}" if status else why


def _words(text: str) -> str:
    """Return the cause of a file system's error, without the path."""
    return next((part for part in re.findall(r"(?:[A-Z][a-z]+ )[a-z -]+ \(os error \d+\)", text)), "the folder fails")
