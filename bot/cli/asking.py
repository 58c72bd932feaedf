"""What every command shares: one event loop, and answers a script or a person can read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

Result = TypeVar("Result")

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]


def carry_out(work: Coroutine[Any, Any, Result]) -> Result:
    """Run one command to its end; what is wrong inside a group of tasks comes out as itself."""
    try:
        return asyncio.run(work)
    except BaseExceptionGroup as group:
        raise _innermost(group) from None


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


def answer(data: object, text: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2) if as_json else text)
