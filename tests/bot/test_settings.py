"""Settings come from the environment and from `.env`; both are copied by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsRefused
from bot.settings import read_settings

TOKEN = "123456:ABC-DEF_ghi-jkl"  # noqa: S105 - nobody's


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TELEGRAM_TOKEN", "TELEGRAM_API_URL", "DATABASE_URL", "SECRET_KEYS", "PUBLIC_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)


def test_white_space_around_a_token_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", f"  {TOKEN}\n")
    token = read_settings().telegram_token
    assert token is not None and token.get_secret_value() == TOKEN


@pytest.mark.parametrize("empty", ["", "  "])
def test_what_is_empty_is_not_set(monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    plain = read_settings()
    for name in (
        "TELEGRAM_TOKEN",
        "TELEGRAM_API_URL",
        "DATABASE_URL",
        "SECRET_KEYS",
        "PUBLIC_URL",
        "PORT",
        "LOG_FORMAT",
        "PUBLIC_HOLIDAYS",
    ):
        monkeypatch.setenv(name, empty)
    assert read_settings() == plain


def test_an_empty_variable_hides_what_stands_in_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"PUBLIC_URL=https://bot.example.org/\nTELEGRAM_TOKEN='{TOKEN}'\n")
    assert read_settings().public_url == "https://bot.example.org"
    monkeypatch.setenv("PUBLIC_URL", "")
    assert read_settings().public_url is None


def test_a_wrong_setting_is_named_and_a_secret_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "my-secret-token")
    monkeypatch.setenv("PORT", "70000")
    with pytest.raises(SettingsRefused) as refused:
        read_settings()
    assert "TELEGRAM_TOKEN" in str(refused.value) and "PORT" in str(refused.value)
    assert "my-secret" not in str(refused.value)
