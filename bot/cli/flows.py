"""`twinbot flows`: check, try and draw conversations, and exchange them as a spreadsheet."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import AsJson, answer

if TYPE_CHECKING:
    from flows.catalogue import Flow

app = typer.Typer(help="Check, try and draw conversations; export and import them.", no_args_is_help=True)


@app.command()
def check(
    keep_numbers: Annotated[
        bool, typer.Option("--keep-numbers", help="Write the numbers of new choices down.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every flow and show what its worst path costs.

    Example: [bold]twinbot flows check[/bold]
    """
    from bot.content import loaded, problems_of
    from bot.library import library_folder, read_numbers
    from flows.ledger import kept, written
    from flows.paths import rows, table

    catalogue, problems = loaded()
    if catalogue is not None and keep_numbers:
        numbers = kept(read_numbers(), catalogue)
        (library_folder() / "numbers.toml").write_text(written(numbers), encoding="utf-8")
        problems = problems_of(catalogue)
    costs = [] if catalogue is None else rows(catalogue)
    told = [{"flow": one.flow, "language": one.language, **asdict(one.cost)} for one in costs]
    known = 0 if catalogue is None else len(catalogue.flows)
    data = {"problems": [str(one) for one in problems], "flows": known, "costs": told}
    text = "\n".join([table(costs), *(str(one) for one in problems), f"{len(problems)} problems"])
    answer(data, text, as_json=as_json)
    if problems:
        raise typer.Exit(1)


@app.command()
def draw(
    flow: Annotated[str, typer.Argument(help="Id of the flow, such as weekly_checkin.")],
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As Mermaid text instead of a tree.")] = False,
) -> None:
    """Draw one flow.

    Example: [bold]twinbot flows draw weekly_checkin[/bold]
    """
    from flows import diagrams

    found = _flow(flow)
    typer.echo(diagrams.mermaid(found) if mermaid else diagrams.draw(found))


@app.command(name="try")
def try_flow(
    flow: Annotated[str, typer.Argument(help="Id of the flow.")],
    language: Annotated[str, typer.Option(help="In which language.")] = "en",
) -> None:
    """Talk through one flow in the terminal, with the real engine; nothing is kept.

    Example: [bold]twinbot flows try weekly_checkin --language nl[/bold]
    """
    from bot.errors import Refused
    from bot.speech import packaged_languages
    from bot.trying import play

    _flow(flow)
    known = packaged_languages().offered
    if language not in known:
        raise Refused(f"There is no language {language!r}; known: {', '.join(known)}.")
    play(flow, language)


@app.command()
def export(
    to: Annotated[Path, typer.Option("--to", help="The new file, a spreadsheet (.xlsx).")],
    flow: Annotated[list[str] | None, typer.Argument(help="Ids of flows; all of them, when none is named.")] = None,
) -> None:
    """Write flows into a spreadsheet: one sheet a flow, one column a language, and a sheet that says how to read it.

    Remarks in a flow's file go along. A file that is there already is not written over.

    Example: [bold]twinbot flows export weekly_checkin pause --to flows.xlsx[/bold]
    """
    from bot import tailoring, translations

    count = tailoring.export(translations.root(), flow or [], to)
    typer.echo(f"{count} flows in {to}.")


@app.command(name="import")
def take_in(
    file: Annotated[Path, typer.Argument(help="A spreadsheet of flows that was edited.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the flows of a spreadsheet and write them, with their translations, into the library.

    Every problem is told with its sheet and cell. With one, no flow is changed; a single translation that does not fit
    is left out, and the rest is taken. Exit code 1 in both cases.

    Example: [bold]twinbot flows import flows.xlsx --dry-run[/bold]
    """
    from bot import tailoring, translations

    brought = tailoring.take_in(translations.root(), file, dry_run=dry_run)
    problems = [*brought.problems, *brought.refused]
    data = {
        "changed": brought.changed,
        "translated": {language: taking.taken for language, taking in brought.translations.items()},
        "problems": [str(one) for one in problems],
        "to_translate": [str(one) for one in brought.to_translate],
    }
    answer(data, "\n".join([*map(str, problems), *brought.lines(dry_run=dry_run)]), as_json=as_json)
    if problems:
        raise typer.Exit(1)


def _flow(name: str) -> Flow:
    from bot.errors import Refused
    from bot.library import build_catalogue

    flows = build_catalogue().flows
    if name not in flows:
        raise Refused(f"There is no flow {name!r}; known: {', '.join(sorted(flows))}.")
    return flows[name]
