"""docs/reference/commands.md: the command line from the typer application, the chat's commands from `bot.commands`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from bot import cli
from bot.commands import COMMANDS, STEP_COMMANDS
from bot.library import packaged_catalogue
from bot.reference.markdown import code, head, table
from flows.people import Role

NO_EXIT_CODE_1 = "Exit codes: 0, 2."
WITH_EXIT_CODE_1 = "Exit codes: 0, 1, 2."


def page() -> str:
    root: Any = typer.main.get_command(cli.app)
    parts = [
        head("Commands", "`bot/cli` and `bot/commands`"),
        "## In the chat\n",
        _chat(),
        "Every command works in every state and whatever is open; afterwards the open question is asked again.\n",
        "## On the command line\n",
        f"`twinbot` and `python -m bot` are the same. {_exit_codes()} Each command shows its options with `--help`.\n",
    ]
    for words, command in _leaves(root, ("twinbot",)):
        parts += [f"### {' '.join(words)}\n", *_described(command)]
    return "\n".join(parts)


def command_lines() -> dict[str, tuple[str, ...]]:
    """Every command of the command line, as it is typed, with the options that it takes."""
    root: Any = typer.main.get_command(cli.app)
    return {
        " ".join(words): tuple(option for param in command.params for option in (*param.opts, *param.secondary_opts))
        for words, command in _leaves(root, ("twinbot",))
    }


def _chat() -> str:
    phrases = packaged_catalogue().phrases
    rows = []
    for name, command in COMMANDS.items():
        rows.append((code(f"/{name}"), phrases[f"commands.{name}"].text or "", _where(name, command.listed)))
    return table(("command", "what it does", "where"), rows)


def _where(name: str, listed: tuple[Role, ...]) -> str:
    if not listed:
        return "inside a question" if name in STEP_COMMANDS else "always"
    everybody = set(listed) == set(Role)
    return "in the help of " + ("everybody" if everybody else " and ".join(f"{role.value}s" for role in listed))


def _exit_codes() -> str:
    found = re.search(r"Exit codes: (.*?)\n(?=\*|\Z)", (inspect.getdoc(cli) or "") + "\n", re.DOTALL)
    if found is None:
        raise LookupError("bot/cli says nowhere what its exit codes mean")
    return "Exit codes: " + " ".join(found[1].split())


def _leaves(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inside = getattr(command, "commands", None)
    if inside is None:
        yield words, command
        return
    for name, one in inside.items():
        yield from _leaves(one, (*words, name))


def _described(command: Any) -> Iterator[str]:
    words, _, example = re.sub(r"\[/?bold\]", "`", inspect.cleandoc(command.help)).partition("Example:")
    yield " ".join(words.split()) + "\n"
    if example:
        yield f"Example: {' '.join(example.split())}\n"
    rows = [_parameter(param) for param in command.params if not getattr(param, "hidden", False)]
    if rows:
        yield table(("argument or option", "default", "what it does"), rows)
    yield (WITH_EXIT_CODE_1 if _may_find_something(command) else NO_EXIT_CODE_1) + "\n"


def _may_find_something(command: Any) -> bool:
    return "typer.Exit(1)" in inspect.getsource(inspect.unwrap(command.callback))


def _parameter(param: Any) -> tuple[str, str, str]:
    is_argument = param.param_type_name == "argument"
    names: Sequence[str] = [param.name.upper()] if is_argument else [*param.opts, *param.secondary_opts]
    default = "" if param.default in (None, False, ()) or callable(param.default) else code(_plain(param.default))
    if param.required:
        default = "needed"
    return ", ".join(code(name) for name in names), default, param.help or ""


def _plain(default: object) -> str:
    value = getattr(default, "value", default)
    return str(value)
