"""`twinbot flows`: check, try and draw conversations, and exchange them as a spreadsheet."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import AsJson, answer, carry_out

if TYPE_CHECKING:
    from bot.publishing import Judged
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
    flow: Annotated[list[str] | None, typer.Argument(help="Ids of flows, or phrases; all, when none is named.")] = None,
) -> None:
    """Write flows into a spreadsheet: one sheet a flow, one column a language, and a sheet that says how to read it.
    The texts that stand outside any flow are a sheet called phrases.

    Remarks in a flow's file go along. A file that is there already is not written over.

    Example: [bold]twinbot flows export weekly_checkin pause --to flows.xlsx[/bold]
    """
    from bot import tailoring, translations

    count = tailoring.export(translations.root(), flow or [], to)
    typer.echo(f"{count} sheets in {to}.")


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


Programme = Annotated[str | None, typer.Option("--programme", help="Name or id; the only one otherwise.")]
Rehearsal = Annotated[bool, typer.Option("--rehearsal", help="Work on the rehearsal's database.")]


@app.command()
def publish(
    files: Annotated[list[Path], typer.Argument(help="Files (.toml, .xlsx), or folders of such files.")],
    programme: Programme = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is wrong, and what would change.")] = False,
    rehearsal: Rehearsal = False,
    as_json: AsJson = False,
) -> None:
    """Give one programme words, flows, an agenda or thresholds of its own. The bot goes on running.

    Every problem is told with its file and line, or its sheet and cell. With one, nothing is published (exit code 1).
    It holds for the next conversation that begins; whoever is inside one finishes it as it was,
    and reads so.

    Example: [bold]twinbot flows publish our-flows/ --programme Midwives --check[/bold]
    """
    from bot import publishing
    from bot.library import packaged_catalogue
    from bot.opening import session
    from bot.programme_settings import find_programme
    from bot.tailoring.own_files import read_all

    async def work() -> publishing.Judged:
        brought = read_all(files, packaged_catalogue())
        async with session(rehearsal=rehearsal) as (database, now):
            async with database.read() as tx:
                found = await find_programme(tx, programme)
            return await publishing.publish(database, found, brought, now, check=check)

    judged = carry_out(work())
    done = "would be published" if check else "published"
    _tell_of(judged, done, as_json=as_json)


@app.command()
def unpublish(
    names: Annotated[list[str] | None, typer.Argument(help="Files, as `flows list` names them; all otherwise.")] = None,
    programme: Programme = None,
    rehearsal: Rehearsal = False,
    as_json: AsJson = False,
) -> None:
    """Take back what a programme has of its own: the packaged flows and words hold again. Works while the bot runs, and
    when it does not start.

    Example: [bold]twinbot flows unpublish weekly_checkin --programme Midwives[/bold]
    """
    from bot import publishing
    from bot.opening import session
    from bot.programme_settings import find_programme

    async def work() -> publishing.Judged:
        async with session(rehearsal=rehearsal) as (database, now):
            async with database.read() as tx:
                found = await find_programme(tx, programme)
            return await publishing.take_back(database, found, names or (), now)

    _tell_of(carry_out(work()), "stays published", as_json=as_json)


@app.command(name="list")
def list_own(programme: Programme = None, rehearsal: Rehearsal = False, as_json: AsJson = False) -> None:
    """What a programme has of its own, and what it lacks in which language.

    Example: [bold]twinbot flows list --programme Midwives[/bold]
    """
    from bot import publishing
    from bot.opening import session
    from bot.programme_settings import find_programme

    async def work() -> publishing.Judged:
        async with session(rehearsal=rehearsal) as (database, _):
            async with database.read() as tx:
                found = await find_programme(tx, programme)
            return await publishing.show(database, found)

    _tell_of(carry_out(work()), "published", as_json=as_json)


def _tell_of(judged: Judged, done: str, *, as_json: bool) -> None:
    """What came of it; exit code 1 when something is wrong."""
    from flows.thresholds import PACKAGED

    overlay, problems = judged.overlay, [str(one) for one in judged.problems]
    limits = overlay.thresholds.model_dump(mode="json")
    own = {name: value for name, value in limits.items() if value != PACKAGED.model_dump(mode="json")[name]}
    data = {
        "files": sorted(overlay.files),
        "flows": judged.flows,
        "texts": sorted(overlay.texts),
        "thresholds": own,
        "missing": dict(judged.missing),
        "inside": judged.inside,
        "still": {language: list(ids) for language, ids in judged.still.items()},
        "problems": problems,
    }
    lines = [f"{done}: {name}" for name in sorted(overlay.files)] or ["Nothing of its own: all is as packaged."]
    lines += [f"other words: {len(overlay.texts)} texts"] if overlay.texts else []
    lines += [f"differs from the packaged one: {name}" for name in judged.flows]
    lines += [f"{name} = {value}" for name, value in own.items()]
    lines += [
        f"{language}: {len(ids)} texts are said in English, they lack it" for language, ids in judged.missing.items()
    ]
    lines += [
        f"{language}: left as it was beside English that was changed, does it still say the same? {', '.join(ids)}"
        for language, ids in judged.still.items()
    ]
    if judged.inside:
        lines.append(f"{judged.inside} people are inside what is replaced: they finish it as it was, and are told so.")
    if problems:
        lines = [*problems, f"{len(problems)} problems; nothing was changed."]
    answer(data, "\n".join(lines), as_json=as_json)
    if problems:
        raise typer.Exit(1)


def _flow(name: str) -> Flow:
    from bot.errors import Refused
    from bot.library import packaged_catalogue

    flows = packaged_catalogue().flows
    if name not in flows:
        raise Refused(f"There is no flow {name!r}; known: {', '.join(sorted(flows))}.")
    return flows[name]
