"""The settings of a worker. Only this module reads environment variables."""

import difflib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails

from offhook.core.commands.keys import CommandKey, parse_keys
from offhook.core.errors import SettingsError
from offhook.core.postgres_address import PostgresAddress, parse_postgres
from offhook.core.recording import bucket_url
from offhook.core.webhooks import Receiver, parse_receivers

__all__ = ["Settings", "frozen_settings", "load_env_files", "load_settings", "set_default"]

PREFIX = "OFFHOOK_"
REDACTABLE = ("journal", "model")
_FROZEN = "_OFFHOOK_FROZEN"
FILES = (".env", ".env.local")  # a later file overrides an earlier one; the environment overrides both


def _server_url(value: str) -> str:
    if not value.startswith(("ws://", "wss://", "http://", "https://")):
        raise ValueError("must start with ws:// or wss://")
    return value


def _web_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    if not urlsplit(value).hostname:
        raise ValueError("has no host; write it as in http://localhost:8000/v1")
    return value.rstrip("/")


WebUrl = Annotated[str, AfterValidator(_web_url)]


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class Settings(BaseModel):
    """The configuration of one worker. `load_settings` reads the configuration and explains its errors."""

    model_config = ConfigDict(frozen=True, validate_default=True, extra="forbid", populate_by_name=True)

    livekit_url: Annotated[str, AfterValidator(_server_url)] | None = Field(None, validation_alias="LIVEKIT_URL")
    livekit_api_key: str | None = Field(None, validation_alias="LIVEKIT_API_KEY")
    livekit_api_secret: SecretStr | None = Field(None, validation_alias="LIVEKIT_API_SECRET")
    deepgram_api_key: SecretStr | None = Field(None, validation_alias="DEEPGRAM_API_KEY")
    deepgram_base_url: WebUrl | None = Field(None, validation_alias="DEEPGRAM_BASE_URL")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: WebUrl | None = Field(None, validation_alias="OPENAI_BASE_URL")
    cartesia_api_key: SecretStr | None = Field(None, validation_alias="CARTESIA_API_KEY")
    cartesia_base_url: WebUrl | None = Field(None, validation_alias="CARTESIA_BASE_URL")

    preset: Literal["auto", "cloud", "local", "offline"] = Field("auto", validation_alias="OFFHOOK_PRESET")
    vad: str | None = Field(None, validation_alias="OFFHOOK_VAD")
    stt: str | None = Field(None, validation_alias="OFFHOOK_STT")
    llm: str | None = Field(None, validation_alias="OFFHOOK_LLM")
    tts: str | None = Field(None, validation_alias="OFFHOOK_TTS")
    realtime: str | None = Field(None, validation_alias="OFFHOOK_REALTIME")
    local_url: WebUrl | None = Field(None, validation_alias="OFFHOOK_LOCAL_URL")
    local_key: SecretStr | None = Field(None, validation_alias="OFFHOOK_LOCAL_KEY")
    stt_url: WebUrl | None = Field(None, validation_alias="OFFHOOK_STT_URL")
    stt_key: SecretStr | None = Field(None, validation_alias="OFFHOOK_STT_KEY")
    llm_url: WebUrl | None = Field(None, validation_alias="OFFHOOK_LLM_URL")
    llm_key: SecretStr | None = Field(None, validation_alias="OFFHOOK_LLM_KEY")
    tts_url: WebUrl | None = Field(None, validation_alias="OFFHOOK_TTS_URL")
    tts_key: SecretStr | None = Field(None, validation_alias="OFFHOOK_TTS_KEY")
    turn_detection: Literal["auto", "vad", "stt", "v1-mini"] = Field("auto", validation_alias="OFFHOOK_TURN_DETECTION")
    endpointing: Literal["plain", "quick", "normal", "patient", "dictation"] = Field(
        "normal", validation_alias="OFFHOOK_ENDPOINTING"
    )
    capacity: int | None = Field(None, ge=1, validation_alias="OFFHOOK_CAPACITY")
    plan_timeout: float = Field(10, gt=0, allow_inf_nan=False, validation_alias="OFFHOOK_PLAN_TIMEOUT")
    busy_after: float = Field(10, ge=0, allow_inf_nan=False, validation_alias="OFFHOOK_BUSY_AFTER")
    drain: int = Field(3600, ge=1, validation_alias="OFFHOOK_DRAIN")
    journal: Path = Field(Path(".offhook/journal.db"), validation_alias="OFFHOOK_JOURNAL")
    postgres: SecretStr | None = Field(None, validation_alias="OFFHOOK_POSTGRES")
    recordings: Path | None = Field(None, validation_alias="OFFHOOK_RECORDINGS")
    recordings_url: Annotated[str, AfterValidator(bucket_url)] | None = Field(
        None, validation_alias="OFFHOOK_RECORDINGS_URL"
    )
    recordings_keep: bool = Field(default=False, validation_alias="OFFHOOK_RECORDINGS_KEEP")
    agent_version: str = Field("", validation_alias="OFFHOOK_AGENT_VERSION")
    prices: Path | None = Field(None, validation_alias="OFFHOOK_PRICES")
    traces: WebUrl | None = Field(None, validation_alias="OFFHOOK_TRACES")
    traces_text: bool = Field(default=False, validation_alias="OFFHOOK_TRACES_TEXT")
    ready: str | None = Field(None, validation_alias="OFFHOOK_READY")
    command_keys: SecretStr | None = Field(None, validation_alias="OFFHOOK_COMMAND_KEYS")
    api_keys: SecretStr | None = Field(None, validation_alias="OFFHOOK_API_KEYS")
    webhooks_private: bool = Field(default=False, validation_alias="OFFHOOK_WEBHOOKS_PRIVATE")
    webhooks: SecretStr | None = Field(None, validation_alias="OFFHOOK_WEBHOOKS")
    redact: str = Field("", validation_alias="OFFHOOK_REDACT")
    redactor: str | None = Field(None, validation_alias="OFFHOOK_REDACTOR")
    phone_regions: str = Field("US, GB, DE, FR", validation_alias="OFFHOOK_PHONE_REGIONS")
    livekit_server: Path | None = Field(None, validation_alias="OFFHOOK_LIVEKIT_SERVER")
    livekit_sip: Path | None = Field(None, validation_alias="OFFHOOK_LIVEKIT_SIP")
    cache: Path | None = Field(None, validation_alias="OFFHOOK_CACHE")
    dev: bool = Field(default=False, validation_alias="OFFHOOK_DEV")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)] = Field(
        "INFO", validation_alias="OFFHOOK_LOG_LEVEL"
    )

    @field_validator("command_keys", "api_keys")
    @classmethod
    def _check_keys(cls, value: SecretStr | None) -> SecretStr | None:
        parse_keys(value.get_secret_value() if value else "")
        return value

    @field_validator("redact")
    @classmethod
    def _check_redact(cls, value: str) -> str:
        if not set(_words(value)) <= set(REDACTABLE):
            raise ValueError(f"must be a list of {', '.join(REDACTABLE)}, separated by commas, or empty")
        return value

    @property
    def redacted_places(self) -> Sequence[str]:
        """The places of `OFFHOOK_REDACT`."""
        return _words(self.redact)

    @field_validator("redactor")
    @classmethod
    def _check_redactor(cls, value: str | None) -> str | None:
        module, _, name = (value or "").partition(":")
        if value and not (name.isidentifier() and all(part.isidentifier() for part in module.split("."))):
            raise ValueError("must be the module and the name of a detector, such as detectors:Presidio")
        return value

    @field_validator("phone_regions")
    @classmethod
    def _check_regions(cls, value: str) -> str:
        if not all(len(one) == 2 and one.isalpha() and one.isupper() for one in _words(value)):
            raise ValueError("must be countries of two capital letters, separated by commas, such as US, GB")
        return value

    @property
    def own_phone_regions(self) -> Sequence[str]:
        """The countries of `OFFHOOK_PHONE_REGIONS`."""
        return _words(self.phone_regions)

    @field_validator("postgres")
    @classmethod
    def _check_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            parse_postgres(value.get_secret_value())
        return value

    @property
    def postgres_address(self) -> PostgresAddress | None:
        """The database of `OFFHOOK_POSTGRES`."""
        return parse_postgres(self.postgres.get_secret_value()) if self.postgres else None

    @field_validator("webhooks")
    @classmethod
    def _check_webhooks(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        parse_receivers(value.get_secret_value() if value else "", private=info.data.get("webhooks_private", False))
        return value

    @property
    def webhook_receivers(self) -> Sequence[Receiver]:
        """The receivers of `OFFHOOK_WEBHOOKS`."""
        return parse_receivers(self.webhooks.get_secret_value() if self.webhooks else "", private=self.webhooks_private)

    @property
    def recordings_folder(self) -> Path:
        """The folder of recordings on this machine: `OFFHOOK_RECORDINGS`, or a folder beside the journal."""
        return self.recordings or self.journal.with_name("recordings")

    @property
    def own_command_keys(self) -> Sequence[CommandKey]:
        """The keys of `OFFHOOK_COMMAND_KEYS`."""
        return parse_keys(self.command_keys.get_secret_value() if self.command_keys else "")

    @property
    def own_api_keys(self) -> Sequence[CommandKey]:
        """The bearer keys of `OFFHOOK_API_KEYS`."""
        return parse_keys(self.api_keys.get_secret_value() if self.api_keys else "")

    @property
    def calls_at_once(self) -> int:
        """The maximum number of calls at the same time: `capacity`, or five per CPU core if `capacity` is not set."""
        return self.capacity if self.capacity is not None else 5 * (os.cpu_count() or 1)


def _words(text: str) -> Sequence[str]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def load_settings(folder: Path | None = None) -> Settings:
    """Return the settings from the environment, `.env.local` and `.env`. For each variable, the first source counts.

    The two files are in `folder`; the default is the current folder. A running worker and its job processes do not read
    the files again: they keep the values from the worker's start. Raises `SettingsError` for an unknown name that
    begins with OFFHOOK_, and for an invalid value.
    """
    files = {} if folder is None and os.environ.get(_FROZEN) else _file_values(folder or Path.cwd())
    values = {**files, **{name: value for name, value in os.environ.items() if value}}
    known = set(_names())
    problems = [_unknown(name) for name in sorted({*values, *os.environ} - known) if name.startswith(PREFIX)]
    try:
        settings = Settings.model_validate({name: value for name, value in values.items() if name in known})
    except ValidationError as error:
        problems += [_explain(problem) for problem in error.errors()]
    if problems:
        raise SettingsError("\n".join(problems)) from None
    return settings


@contextmanager
def frozen_settings() -> Iterator[None]:
    """During the block, this process and its children have the values that the files have now.

    So a typing error in a file that is edited while a worker runs harms no call of this worker.
    """
    load_env_files(Path.cwd())
    os.environ[_FROZEN] = "1"
    try:
        yield
    finally:
        os.environ.pop(_FROZEN, None)


def load_env_files(folder: Path) -> None:
    """Copy the values of the folder's `.env` files into the environment, for child processes."""
    for name, value in _file_values(folder).items():
        if not os.environ.get(name):  # an empty variable counts as not set, as in `load_settings`
            os.environ[name] = value


def _file_values(folder: Path) -> dict[str, str]:
    values: dict[str, str] = {}
    for path in (folder / name for name in FILES):
        try:
            values |= {name: value for name, value in dotenv_values(path).items() if value}
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} cannot be read ({error}); save it as UTF-8 text or remove it") from None
    return values


def _unknown(name: str) -> str:
    known = list(_names())
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]}?" if near else f"the names are {', '.join(_ours(known))}"
    return f"{name} is not a setting of offhook; {advice}"


def _names() -> Iterator[str]:
    return (str(field.validation_alias) for field in Settings.model_fields.values())


def _ours(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(PREFIX)]


def _explain(problem: ErrorDetails) -> str:
    """Return one line with the variable and the problem. The line never contains a secret.

    Any text is a valid provider key, so a provider key causes no problem. The error of `parse_keys` quotes no secret.
    """
    name = str(problem["loc"][0])
    if problem["type"] == "literal_error":
        allowed = str(problem["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
        near = difflib.get_close_matches(str(problem["input"]).lower(), allowed.lower().split(", "), n=1)
        advice = f"; did you mean {near[0]}?" if near else ""
        return f'{name}="{problem["input"]}" is not one of {allowed}{advice}'
    if problem["type"] == "value_error":
        return f"{name} {problem['ctx']['error']}"
    rule = problem["msg"].removeprefix("Input ").split(",")[0]
    return f'{name}="{problem["input"]}" {rule}'


def set_default(name: str, value: str) -> bool:
    """Set an environment variable for child processes, unless it is set. Return True if this function set it."""
    if name in os.environ:
        return False
    os.environ[name] = value
    return True
