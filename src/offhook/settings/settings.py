"""The fields of `Settings`, with their defaults."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from offhook.core.commands.keys import CommandKey, parse_keys
from offhook.core.postgres_address import PostgresAddress, parse_postgres
from offhook.core.webhooks import Receiver, parse_receivers
from offhook.settings.values import (
    BucketUrl,
    DetectorName,
    KeyList,
    LogLevel,
    PhoneRegions,
    PostgresUrl,
    ReceiverList,
    RedactedPlaces,
    ServerUrl,
    WebUrl,
    words,
)

__all__ = ["PREFIX", "Settings", "variable_names"]

PREFIX = "OFFHOOK_"


def _variable(field: str) -> str:
    """Return the name of the environment variable for a field that has no `validation_alias`."""
    return PREFIX + field.upper()


class Settings(BaseModel):
    """The configuration of one worker. `load_settings` reads the configuration and describes each wrong variable.

    A field is read from the environment variable in the field's `validation_alias`. For a field without an alias, the
    variable is `OFFHOOK_` and the field's name in capitals.
    """

    model_config = ConfigDict(
        frozen=True, validate_default=True, extra="forbid", populate_by_name=True, alias_generator=_variable
    )

    livekit_url: ServerUrl | None = Field(None, validation_alias="LIVEKIT_URL")
    livekit_api_key: str | None = Field(None, validation_alias="LIVEKIT_API_KEY")
    livekit_api_secret: SecretStr | None = Field(None, validation_alias="LIVEKIT_API_SECRET")
    deepgram_api_key: SecretStr | None = Field(None, validation_alias="DEEPGRAM_API_KEY")
    deepgram_base_url: WebUrl | None = Field(None, validation_alias="DEEPGRAM_BASE_URL")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: WebUrl | None = Field(None, validation_alias="OPENAI_BASE_URL")
    cartesia_api_key: SecretStr | None = Field(None, validation_alias="CARTESIA_API_KEY")
    cartesia_base_url: WebUrl | None = Field(None, validation_alias="CARTESIA_BASE_URL")

    preset: Literal["auto", "cloud", "local", "offline"] = "auto"
    vad: str | None = None
    stt: str | None = None
    llm: str | None = None
    tts: str | None = None
    realtime: str | None = None
    local_url: WebUrl | None = None
    local_key: SecretStr | None = None
    stt_url: WebUrl | None = None
    stt_key: SecretStr | None = None
    llm_url: WebUrl | None = None
    llm_key: SecretStr | None = None
    tts_url: WebUrl | None = None
    tts_key: SecretStr | None = None
    turn_detection: Literal["auto", "vad", "stt", "v1-mini"] = "auto"
    endpointing: Literal["plain", "quick", "normal", "patient", "dictation"] = "normal"
    capacity: int | None = Field(None, ge=1)
    plan_timeout: float = Field(10, gt=0, allow_inf_nan=False)
    busy_after: float = Field(10, ge=0, allow_inf_nan=False)
    drain: int = Field(3600, ge=1)
    journal: Path = Path(".offhook/journal.db")
    postgres: PostgresUrl | None = None
    recordings: Path | None = None
    recordings_url: BucketUrl | None = None
    recordings_keep: bool = False
    agent_version: str = ""
    prices: Path | None = None
    traces: WebUrl | None = None
    traces_text: bool = False
    ready: str | None = None
    command_keys: KeyList | None = None
    api_keys: KeyList | None = None
    webhooks_private: bool = False
    webhooks: ReceiverList | None = None
    redact: RedactedPlaces = ""
    redactor: DetectorName | None = None
    phone_regions: PhoneRegions = "US, GB, DE, FR"
    livekit_server: Path | None = None
    livekit_sip: Path | None = None
    cache: Path | None = None
    dev: bool = False
    log_level: LogLevel = "INFO"

    @property
    def redacted_places(self) -> Sequence[str]:
        """The places in `OFFHOOK_REDACT` where text is redacted: "journal", "model", both or none."""
        return words(self.redact)

    @property
    def own_phone_regions(self) -> Sequence[str]:
        """The country codes in `OFFHOOK_PHONE_REGIONS`."""
        return words(self.phone_regions)

    @property
    def postgres_address(self) -> PostgresAddress | None:
        """The address of the database that `OFFHOOK_POSTGRES` names."""
        return parse_postgres(self.postgres.get_secret_value()) if self.postgres else None

    @property
    def webhook_receivers(self) -> Sequence[Receiver]:
        """The webhook receivers that `OFFHOOK_WEBHOOKS` lists."""
        return parse_receivers(self.webhooks.get_secret_value() if self.webhooks else "", private=self.webhooks_private)

    @property
    def recordings_folder(self) -> Path:
        """The folder for recordings on this machine: `OFFHOOK_RECORDINGS`, or a folder beside the journal."""
        return self.recordings or self.journal.with_name("recordings")

    @property
    def own_command_keys(self) -> Sequence[CommandKey]:
        """The signing keys for commands that `OFFHOOK_COMMAND_KEYS` lists."""
        return parse_keys(self.command_keys.get_secret_value() if self.command_keys else "")

    @property
    def own_api_keys(self) -> Sequence[CommandKey]:
        """The bearer keys for the HTTP API that `OFFHOOK_API_KEYS` lists."""
        return parse_keys(self.api_keys.get_secret_value() if self.api_keys else "")

    @property
    def calls_at_once(self) -> int:
        """The maximum number of calls at the same time: `capacity`, or five per CPU core if `capacity` is not set."""
        return self.capacity if self.capacity is not None else 5 * (os.cpu_count() or 1)


def variable_names() -> Sequence[str]:
    """Return the name of the environment variable of each setting, in the order of the fields of `Settings`."""
    return tuple(str(field.validation_alias) for field in Settings.model_fields.values())
