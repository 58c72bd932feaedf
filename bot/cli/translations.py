"""`twinbot translations`: keep the catalogues of all languages true to the library."""

from __future__ import annotations

import typer

app = typer.Typer(help="Translations: update, status, check.", no_args_is_help=True)


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
