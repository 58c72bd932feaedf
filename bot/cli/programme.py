"""`twinbot programme`: set up a programme, invite, and pair."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import AsJson, answer, carry_out
from flows.people import Role

if TYPE_CHECKING:
    from bot.programme_settings import Shown
    from bot.programmes import Invited

app = typer.Typer(help="Set up a programme, invite people, pair them.", no_args_is_help=True)

Database = Annotated[bool, typer.Option("--rehearsal", help="Work on the rehearsal's database.")]


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="What the programme is called.")],
    side: Annotated[list[str], typer.Option(help="One organisation or town; give two.")],
    country: Annotated[list[str] | None, typer.Option(help="The sides' countries, in their order: NL, SL, …")] = None,
    kind: Annotated[str, typer.Option(help="professional or municipal.")] = "professional",
    language: Annotated[str, typer.Option(help="Spoken to people whose own language we do not have.")] = "en",
    count: Annotated[int, typer.Option(help="Invitations for twins, a side; 1 to 500.")] = 1,
    controller: Annotated[str | None, typer.Option(help="Who answers for the data: a name and an address.")] = None,
    safeguarding: Annotated[
        list[str] | None, typer.Option(help="A side with a safeguarding focal point, who reads /contact.")
    ] = None,
    deputies: Annotated[int, typer.Option(help="More coordinators a side, with the same rights; 0 to 9.")] = 0,
    rehearsal: Database = False,
    as_json: AsJson = False,
) -> None:
    """Set up a programme and make its first invitations: one coordinator, her deputies and COUNT twins a side.

    Example: [bold]twinbot programme new "Midwives" --side Freetown --side Utrecht --country SL --country NL[/bold]
    """
    from bot import programmes
    from bot.opening import session

    async def work() -> programmes.Invited:
        async with session(rehearsal=rehearsal) as (database, now):
            return await programmes.create(
                database,
                programmes.Plan(
                    name,
                    tuple(side),
                    tuple(country or ()),
                    kind,
                    language,
                    count,
                    deputies,
                    controller,
                    tuple(safeguarding or ()),
                ),
                now,
            )

    invited = carry_out(work())
    answer(asdict(invited), _links(invited), as_json=as_json)


@app.command()
def invite(
    programme: Annotated[str, typer.Argument(help="Name or id of the programme.")],
    side: Annotated[list[str] | None, typer.Option(help="For this side only; all sides otherwise.")] = None,
    role: Annotated[Role | None, typer.Option(help="Only this role; twins and coordinators otherwise.")] = None,
    count: Annotated[int, typer.Option(help="Invitations of each kind, a side; 1 to 500.")] = 1,
    rehearsal: Database = False,
    as_json: AsJson = False,
) -> None:
    """Make new invitations. Each link lets one person in.

    Example: [bold]twinbot programme invite Midwives --side Utrecht --role twin --count 5[/bold]
    """
    from bot import programmes
    from bot.opening import session

    async def work() -> programmes.Invited:
        async with session(rehearsal=rehearsal) as (database, now):
            return await programmes.invite(database, programme, tuple(side or ()), role, count, now)

    invited = carry_out(work())
    answer(asdict(invited), _links(invited), as_json=as_json)


@app.command(name="list")
def list_all(rehearsal: Database = False, as_json: AsJson = False) -> None:
    """All programmes with their sides.

    Example: [bold]twinbot programme list[/bold]
    """
    from bot import programmes
    from bot.opening import session

    async def work() -> list[programmes.Overview]:
        async with session(rehearsal=rehearsal) as (database, _):
            return await programmes.overview(database)

    found = carry_out(work())
    lines = [f"{one.id}  {one.name} ({one.kind}): {' – '.join(one.sides)}" for one in found]
    text = "\n".join(lines) or "No programme yet: `twinbot programme new`."
    answer([asdict(one) for one in found], text, as_json=as_json)


@app.command(name="set")
def set_(
    programme: Annotated[str, typer.Argument(help="Name or id of the programme.")],
    controller: Annotated[str | None, typer.Option(help="Who answers for the data: a name and an address.")] = None,
    contact_email: Annotated[str | None, typer.Option(help="Where people can ask about their data.")] = None,
    retention_months: Annotated[int | None, typer.Option(help="How long words are kept after the end; 24.")] = None,
    ends: Annotated[str | None, typer.Option(help="The last day of the programme, as in 2030-06-30.")] = None,
    asks: Annotated[
        bool | None, typer.Option("--asks/--no-asks", help="Whether twins are asked more than the check-in.")
    ] = None,
    emergency: Annotated[
        str | None, typer.Option(help="Emergency numbers by country, as in SL=117,NL=112; /contact says them.")
    ] = None,
    facilitator: Annotated[
        list[int] | None, typer.Option(help="A coordinator's id; she may send flows of its own. 0 takes it from all.")
    ] = None,
    wipe_now: Annotated[bool, typer.Option("--wipe-now", help="Yes, although all words are due at once.")] = False,
    rehearsal: Database = False,
    as_json: AsJson = False,
) -> None:
    """Set who is responsible, when the programme ends, and how long words are kept after that. What is not given stays.

    Example: [bold]twinbot programme set Midwives --controller "Midwives' Association, Utrecht" --ends 2030-06-30[/bold]
    """
    from bot import programme_settings
    from bot.opening import session

    async def work() -> programme_settings.Shown:
        wanted = programme_settings.Change(
            controller,
            contact_email,
            retention_months,
            ends,
            asks,
            emergency,
            None if not facilitator else tuple(one for one in facilitator if one),
            wipe_now,
        )
        async with session(rehearsal=rehearsal) as (database, now):
            return await programme_settings.change(database, programme, wanted, now)

    found = carry_out(work())
    answer(asdict(found), _settings(found), as_json=as_json)


@app.command()
def show(
    programme: Annotated[str | None, typer.Argument(help="Name or id; the only one otherwise.")] = None,
    rehearsal: Database = False,
    as_json: AsJson = False,
) -> None:
    """One programme with all that is set in it.

    Example: [bold]twinbot programme show Midwives --json[/bold]
    """
    from bot import programme_settings
    from bot.opening import session

    async def work() -> programme_settings.Shown:
        async with session(rehearsal=rehearsal) as (database, _):
            return await programme_settings.show(database, programme)

    found = carry_out(work())
    answer(asdict(found), _settings(found), as_json=as_json)


@app.command()
def people(
    programme: Annotated[str | None, typer.Argument(help="Name or id; everybody otherwise.")] = None,
    rehearsal: Database = False,
    as_json: AsJson = False,
) -> None:
    """Who takes part, by id. No names: those are for the people themselves.

    Example: [bold]twinbot programme people --json[/bold]
    """
    from bot import programmes
    from bot.opening import session

    async def work() -> list[programmes.Member]:
        async with session(rehearsal=rehearsal) as (database, _):
            return await programmes.members(database, programme)

    found = carry_out(work())
    lines = [f"{one.id:>5}  {one.role:<12} {one.side:<20} {one.state}" for one in found]
    answer([asdict(one) for one in found], "\n".join(lines) or "Nobody has joined yet.", as_json=as_json)


@app.command()
def pair(
    first: Annotated[int, typer.Argument(help="A twin's id, as `programme people` shows it.")],
    second: Annotated[int, typer.Argument(help="The other twin's id, of another side.")],
    rehearsal: Database = False,
    as_json: AsJson = False,
) -> None:
    """Pair two twins; both are told.

    Example: [bold]twinbot programme pair 17 18[/bold]
    """
    from bot import programmes
    from bot.opening import session

    async def work() -> programmes.Paired:
        async with session(rehearsal=rehearsal) as (database, now):
            return await programmes.pair(database, first, second, now)

    paired = carry_out(work())
    note = "" if paired.ready else "\nNo check-ins yet: they begin when every side has a coordinator who has joined."
    answer(asdict(paired), f"Paired {first} and {second}.{note}", as_json=as_json)


def _settings(found: Shown) -> str:
    focal = ", ".join(map(str, found.focal_points)) or "none has joined: coordinators read /contact"
    numbers = ", ".join(f"{country} {number}" for country, number in found.emergency.items())
    return "\n".join(
        [
            f"{found.id}  {found.name} ({found.kind}, {found.language}): {' – '.join(found.sides)}",
            f"controller: {found.controller or 'not set: `--controller`'}",
            f"contact: {found.contact_email or 'not set: `--contact-email`'}",
            f"ends: {found.ends or 'not set: `--ends`; without it words are kept for ever'}",
            f"words are kept: {found.retention_months} months after the end"
            + (f", until {found.words_until}" if found.words_until else ""),
            f"asked beside the check-ins: {'as flows/library/agenda.toml says' if found.asks else 'nothing'}",
            f"emergency numbers: {numbers or 'none set: `--emergency`'}",
            f"safeguarding focal points: {focal}",
            f"facilitators: {', '.join(map(str, found.facilitators)) or 'none: `--facilitator`'}",
            f"made to measure: {', '.join(found.own_files) or 'nothing, all is as packaged'}",
        ]
    )


def _links(invited: Invited) -> str:
    lines = [f"{link.side}, {link.role}: {link.url or link.start}" for link in invited.links]
    hint = (
        ""
        if all(link.url for link in invited.links)
        else "\n(Links appear once the bot has run and its name is known.)"
    )
    return f"{invited.programme}\n" + "\n".join(lines) + hint
