"""docs/reference/settings.md: what an operator can set, from the fields of `bot.settings.Settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.reference.markdown import code, head, table
from bot.settings import Settings


def page() -> str:
    rows = [
        (code(name.upper()), _form(field), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            head("Settings", "`bot/settings.py`"),
            "Each is an environment variable, or a line `NAME=value` in a file `.env` in the folder where `twinbot` is "
            "started; the environment wins. A wrong value stops the start with a sentence that names the setting. "
            "A secret is never repeated in a message or a log.\n",
            table(("name", "form", "default", "what it does"), rows),
        ]
    )


def _form(field: FieldInfo) -> str:
    kinds = [kind for kind in (get_args(field.annotation) or (field.annotation,)) if kind is not type(None)]
    if get_origin(field.annotation) is Literal:
        return " or ".join(code(kind) for kind in kinds)
    return " or ".join(_named(kind, field) for kind in kinds)


def _named(kind: Any, field: FieldInfo) -> str:
    if kind is SecretStr:
        return "text, secret"
    if kind is int:
        least = next((one.ge for one in field.metadata if isinstance(one, Ge)), None)
        most = next((one.le for one in field.metadata if isinstance(one, Le)), None)
        return f"number from {least} to {most}"
    return _WORDS[kind]  # a new kind of setting needs its word here


_WORDS: Final = {str: "text", Path: "path of a file"}


def _default(field: FieldInfo) -> str:
    return "not set" if field.default is None else code(field.default)
