"""`twinbot keys`: what lies under which key, a new key, and everything under the newest."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import AsJson, answer, carry_out

if TYPE_CHECKING:
    from bot.resealing import Lying, Resealed

app = typer.Typer(help="Change the keys under which people's words lie.", no_args_is_help=True)


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """How many values lie under which key, the newest first. Shows no key.

    Example: [bold]twinbot keys list[/bold]
    """
    from bot.opening import open_database
    from bot.resealing import lying, sentences
    from bot.settings import read_settings

    async def work() -> list[Lying]:
        database = await open_database(read_settings())
        try:
            return await lying(database)
        finally:
            await database.close()

    found = carry_out(work())
    answer([asdict(one) for one in found], sentences(found), as_json=as_json)


@app.command()
def new(
    first: Annotated[
        bool, typer.Option("--first", help="Only show one, for SECRET_KEYS of a Twinbot that has none yet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new key, put it before the others in the key file, and show it once. Restart the bot afterwards.

    Where the keys come from SECRET_KEYS nothing is changed: put the new one before the others there.

    Example: [bold]twinbot keys new[/bold]
    """
    from bot.opening import keys_given, show_once
    from bot.settings import read_settings
    from storage.encryption import add_key, next_key

    if first:
        key = next_key(())
        show_once(key, "It lies nowhere yet.")
        answer({"key": key.id, "file": None}, "Set SECRET_KEYS to it where Twinbot will run.", as_json=as_json)
        return
    loaded = keys_given(read_settings())
    key = next_key(loaded.keys)
    if loaded.file is not None:
        add_key(loaded.file, key)
        place, then = f"It lies in {loaded.file}, before the older ones.", "Restart the bot"
    else:
        place, then = (
            "It lies nowhere yet.",
            "Put it before the others in SECRET_KEYS, with a comma, and restart the bot",
        )
    show_once(key, place)
    data = {"key": key.id, "file": None if loaded.file is None else str(loaded.file)}
    answer(data, f"{key.id} is the newest key. {then}; then `twinbot keys reseal`.", as_json=as_json)


@app.command()
def reseal(as_json: AsJson = False) -> None:
    """Bring everything under the newest key, in pieces, while the bot runs. Can be stopped and begun again.

    Example: [bold]twinbot keys reseal[/bold]
    """
    from rich.console import Console
    from rich.progress import Progress

    from bot.opening import open_database
    from bot.resealing import lying
    from bot.resealing import reseal as seal_anew
    from bot.settings import read_settings

    async def work() -> Resealed:
        database = await open_database(read_settings())
        try:
            older = sum(one.values for one in (await lying(database))[1:])
            with Progress(console=Console(stderr=True), transient=True) as progress:
                task = progress.add_task("Sealing anew", total=older)
                return await seal_anew(database, lambda count: progress.update(task, advance=count))
        finally:
            await database.close()

    done = carry_out(work())
    lines = [f"{done.sealed} values came under the newest key."]
    if done.unreadable:
        lines.append(f"{done.unreadable} can be opened by no key, and stay as they are: keep the older keys.")
    elif done.left:
        lines.append(f"{done.left} were just being changed: once more.")
    else:
        lines.append(
            "The database needs no older key any more; copies that were made before do. Keep it as long as them."
        )
    answer(asdict(done), "\n".join(lines), as_json=as_json)
    if done.left:
        raise typer.Exit(1)
