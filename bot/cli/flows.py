"""`twinbot flows`: check, try and draw conversations."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import AsJson, answer

if TYPE_CHECKING:
    from flows.catalogue import Flow

app = typer.Typer(help="Check, try and draw conversations.", no_args_is_help=True)


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


def _flow(name: str) -> Flow:
    from bot.errors import Refused
    from bot.library import build_catalogue

    flows = build_catalogue().flows
    if name not in flows:
        raise Refused(f"There is no flow {name!r}; known: {', '.join(sorted(flows))}.")
    return flows[name]
