"""`twinbot translations`: keep the catalogues of all languages true to the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.asking import AsJson, answer

app = typer.Typer(help="Translations: update, status, check, export, import.", no_args_is_help=True)

LanguageCode = Annotated[str, typer.Argument(help="Code of the language, such as nl.")]


@app.command()
def update() -> None:
    """Bring every catalogue up to date with the library's texts.

    Example: [bold]twinbot translations update[/bold]
    """
    from bot import translations

    changed = translations.update(translations.root())
    typer.echo("\n".join(f"changed: {path.name}" for path in changed) or "Nothing to change.")


@app.command()
def status() -> None:
    """How complete and how fresh each language is.

    Example: [bold]twinbot translations status[/bold]
    """
    from bot import translations

    typer.echo("\n".join(str(one) for one in translations.status(translations.root())))


@app.command()
def check() -> None:
    """Every problem in the catalogues; exit code 1 when there is one.

    Example: [bold]twinbot translations check[/bold]
    """
    from bot import translations

    problems = translations.check(translations.root())
    for problem in problems:
        typer.echo(str(problem))
    typer.echo(f"{len(problems)} problems")
    if problems:
        raise typer.Exit(1)


@app.command()
def export(
    language: LanguageCode,
    to: Annotated[Path, typer.Option("--to", help="The new file: a spreadsheet (.xlsx) or a PO file (.po).")],
) -> None:
    """Write every text with its translation into one file for a translator.

    A file that is there already is not written over.

    Example: [bold]twinbot translations export nl --to nl.xlsx[/bold]
    """
    from bot import translations

    count = translations.export(translations.root(), language, to)
    typer.echo(f"{count} texts in {to}.")


@app.command(name="import")
def take_in(
    language: LanguageCode,
    file: Annotated[Path, typer.Argument(help="What came back from the translator: .xlsx or .po.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every row that came back from a translator and take those that fit; exit code 1 when one does not.

    Each row that is not taken is told with its place and what to do; it stays as it was, in her file and in the
    catalogue.

    Example: [bold]twinbot translations import nl nl.xlsx --dry-run[/bold]
    """
    from bot import translations

    taking = translations.take_in(translations.root(), language, file, dry_run=dry_run)
    data = {
        "taken": taking.taken,
        "stale": taking.stale,
        "kept": taking.kept,
        "unchanged": taking.unchanged,
        "problems": [str(one) for one in taking.problems],
    }
    summary = f"{taking}. Nothing was written." if dry_run else f"{taking}."
    answer(data, "\n".join([*map(str, taking.problems), summary]), as_json=as_json)
    if taking.problems:
        raise typer.Exit(1)
