"""Settings from the environment or `.env`, read once at the edge.

Rules kept here:

* A wrong setting stops the start with one sentence that names it and says what to do; a secret is never repeated.
* What is empty is not set, and white space around a value is no part of it: both come from copying.
* `docs/reference/settings.md` is generated from this class: a field's description is its documentation.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsRefused

TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,100}\Z")
TELEGRAM: Final = "https://api.telegram.org"
WEBHOOK_PORTS: Final = (443, 80, 88, 8443)
"""Bot API, setWebhook: the ports that Telegram calls."""


class Settings(BaseSettings):
    """What an operator can set."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    telegram_token: SecretStr | None = Field(
        None, description="The bot's token from BotFather. Without it, `twinbot run` is the rehearsal room."
    )
    telegram_api_url: str = Field(
        TELEGRAM,
        description="Host part of the Bot API, for a self-hosted one. "
        "The bot appends `/bot<token>/` and `/file/bot<token>/`.",
    )
    database_url: str = Field(
        "sqlite:///data/twinbot.db", description="`sqlite:///PATH`, `postgres://…` or `postgresql://…`."
    )
    secret_keys: SecretStr | None = Field(
        None,
        description="Keys for what is encrypted at rest, newest first, separated by commas. "
        "Without it they live in `~/.config/twinbot/keys`, made and shown once at the first start.",
    )
    erasures_log: Path | None = Field(
        None,
        description="Where it is noted who was deleted, so that a restored database forgets them again. "
        "Without it `~/.config/twinbot/erasures.log`, beside the keys. Where the keys come from `SECRET_KEYS` and the "
        "home folder does not outlive the machine, set it to a file on a lasting disk that no backup puts back.",
    )
    public_url: str | None = Field(
        None, description="Set: Telegram calls this https address (webhook). Unset: long polling."
    )
    port: int = Field(8080, ge=0, le=65535, description="Where the webhook and the health checks listen; 0 picks one.")
    metrics_token: SecretStr | None = Field(
        None,
        description="Set: `/metrics` answers whoever brings it as a bearer token. Unset: 127.0.0.1 only.",
    )
    public_holidays: Literal["move", "ignore"] = Field(
        "move",
        description="`move`: what would be asked on a public holiday of a person's country is asked on the next day. "
        "`ignore`: holidays are days like others.",
    )
    log_format: Literal["text", "json"] = Field("text", description="`json` for log collectors, one object a line.")

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_not_set(cls, value: object, field: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        return value.strip() or cls.model_fields[str(field.field_name)].default

    @field_validator("telegram_token")
    @classmethod
    def _token_has_its_form(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not TOKEN.match(value.get_secret_value()):
            raise ValueError("has not the form of a token (123456:ABC-DEF…): copy it whole from BotFather")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgres://", "postgresql://")):
            raise ValueError("must begin with sqlite:///, postgres:// or postgresql://")
        return value

    @field_validator("telegram_api_url", "public_url")
    @classmethod
    def _address_is_http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("https://", "http://")):
            raise ValueError("must be an address that begins with https://")
        if not _has_a_host(value):
            raise ValueError("must name a host, and a port from 1 to 65535 where it names one: https://bot.example.org")
        return value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _telegram_calls_it(cls, value: str | None, others: ValidationInfo) -> str | None:
        """A Bot API of one's own calls other addresses too; Telegram's does not."""
        if value is None or others.data.get("telegram_api_url") != TELEGRAM:
            return value
        parts = urlsplit(value)
        if parts.scheme != "https" or parts.port not in (None, *WEBHOOK_PORTS):
            raise ValueError("must begin with https://, and be on port 443, 80, 88 or 8443: Telegram calls no other")
        return value

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def sqlite_file(self) -> Path:
        """Where the database lies when it is SQLite's."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def keys_file(self) -> Path:
        """Outside `data/` and every backup, on purpose."""
        return Path.home() / ".config" / "twinbot" / "keys"

    @property
    def erasures_file(self) -> Path:
        """Who was deleted, by number. Outside the database and its backups, which it has to outlive."""
        return self.erasures_log or self.keys_file.with_name("erasures.log")


def _has_a_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and not re.search(r"\s", address) and port != 0


NOT_WHAT_IT_MUST_BE: Final = {
    "PORT": "must be a whole number from 0 to 65535",
    "LOG_FORMAT": "must be text or json",
    "PUBLIC_HOLIDAYS": "must be move or ignore",
}
"""What an operator is told where pydantic would speak to programmers."""


def read_settings(**override: object) -> Settings:
    """The settings, or SettingsRefused with a sentence for each that is wrong. No value of a secret is repeated."""
    try:
        return Settings(**override)  # type: ignore[arg-type]
    except ValidationError as error:
        sentences = []
        for detail in error.errors(include_input=False, include_url=False):
            name = ".".join(str(part) for part in detail["loc"]).upper()
            sentences.append(f"{name} {NOT_WHAT_IT_MUST_BE.get(name, detail['msg'].removeprefix('Value error, '))}.")
        raise SettingsRefused(" ".join(sentences)) from None
