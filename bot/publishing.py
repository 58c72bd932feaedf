"""Publishing what a programme has of its own, and taking it back.

Rules kept here:

* Everything is judged before anything is written, and every problem is told with its file and line. One stops all.
* One transaction: files, the numbers of new choices, the versions, a new mark, a line in the audit. It holds for the
  next conversation that begins; whoever is inside one goes on in the version in which she began.
* Every language that people of the programme speak has to be there. What others lack is told, and said in English.
* Taking back asks for no language: it is the way out.
* The coordinators of both sides are told in the same transaction, whoever did it and from wherever. So is whoever is
  inside what is replaced, who reads it when she goes on (`flows/replaced.py`).
"""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.errors import Refused
from bot.library import NUMBERS, packaged_catalogue, read_library, read_numbers
from bot.places import world_facts
from bot.speech.languages import SOURCE, Languages, packaged_languages
from bot.tailoring.own_files import Brought
from bot.translations.messages import sources
from bot.translations.rules import Translated, faults
from bot.versions import stored
from flows import ledger
from flows.catalogue import Catalogue
from flows.errors import LibraryBroken, Problem
from flows.events.shell import FlowReplaced, FlowsPublished
from flows.extraction import Extracted, extract, extract_library
from flows.layout import texts_file
from flows.overlay import TEXTS, Overlay, judged, lay, lay_what_fits, place_of_text, untranslated
from flows.own_words import Forms, Said, said_in
from flows.people import PersonId
from storage import audit, flow_versions, inbox, overlays, people, programmes
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.programmes import Programme

PUBLISHED: Final = "flows published"
TAKEN_BACK: Final = "flows taken back"

MISSING: Final = "missing-translation"

TRIES: Final = 8
"""Publications that another one was quicker than; nobody publishes so often at once."""


@dataclass(frozen=True)
class Judged:
    """What files would make of a programme. With `problems` they can not be published. `missing`: the texts that no
    language of its people, but another one lacks, by language. `inside`: who is in a version that is replaced. `still`:
    the texts that were left as packaged beside other English (`Brought.still`)."""

    overlay: Overlay
    numbers: str
    problems: tuple[Problem, ...] = ()
    missing: Mapping[str, list[str]] = field(default_factory=dict)
    inside: int = 0
    still: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def flows(self) -> tuple[str, ...]:
        """The flows that differ from the library's."""
        return tuple(sorted(self.overlay.touched & self.overlay.catalogue.flows.keys()))


async def publish(
    database: Database,
    programme: Programme,
    brought: Brought,
    now: datetime,
    *,
    actor: PersonId | None = None,
    check: bool = False,
    base: Catalogue | None = None,
    also: Callable[[Transaction], Awaitable[None]] | None = None,
) -> Judged:
    """Judge what was brought together with what is published already, and publish it when nothing is wrong (and not
    only to `check`). `also` is done in the same transaction."""
    return await _change(
        database, programme, brought, None, now, actor, check=check, base=base or packaged_catalogue(), also=also
    )


async def take_back(
    database: Database,
    programme: Programme,
    names: Collection[str],
    now: datetime,
    *,
    actor: PersonId | None = None,
    base: Catalogue | None = None,
    also: Callable[[Transaction], Awaitable[None]] | None = None,
) -> Judged:
    """Go back to the packaged library: for the files called `names`, or for all. The numbers of choices stay. Raises
    `Refused` for a file that is not there. `also` is done in the same transaction."""
    return await _change(
        database, programme, Brought(), names, now, actor, check=False, base=base or packaged_catalogue(), also=also
    )


async def show(database: Database, programme: Programme, *, base: Catalogue | None = None) -> Judged:
    """What the programme has of its own."""
    async with database.read() as tx:
        files = (await overlays.load(tx)).get(programme.id, {})
        spoken = await overlays.languages(tx, programme.id)
    own = {name: text for name, text in files.items() if name != NUMBERS}
    return judge(base or packaged_catalogue(), own, files.get(NUMBERS, ""), {programme.language: 0, **spoken})


async def _change(
    database: Database,
    programme: Programme,
    brought: Brought,
    gone: Collection[str] | None,
    now: datetime,
    actor: PersonId | None,
    *,
    check: bool,
    base: Catalogue,
    also: Callable[[Transaction], Awaitable[None]] | None = None,
) -> Judged:
    for _ in range(TRIES):
        async with database.read() as tx:
            mark = await overlays.mark(tx)
            before = (await overlays.load(tx)).get(programme.id, {})
            spoken = await overlays.languages(tx, programme.id)
        own = {name: text for name, text in before.items() if name != NUMBERS}
        taking = gone is not None
        after = _together(own, brought) if gone is None else _without(own, gone or own)
        found = await asyncio.to_thread(judge, base, after, before.get(NUMBERS, ""), {programme.language: 0, **spoken})
        was = _versions(base, own)
        replaced = was - {flow.version for flow in found.overlay.catalogue.flows.values()}
        async with database.read() as tx:
            inside = len({person for person, _ in await overlays.inside(tx, programme.id, replaced)})
        told = [brought.in_cells(one, after) for one in found.problems if not (taking and one.rule == MISSING)]
        found = replace(found, problems=(*brought.problems, *told), inside=inside, still=brought.still)
        if found.problems or check:
            return found
        async with database.write() as tx:
            if await overlays.mark(tx) != mark:
                continue
            files = {**after, NUMBERS: found.numbers} if found.numbers else after
            await overlays.change(tx, programme.id, files, before.keys() - files.keys(), now)
            new = [found.overlay.catalogue.flows[name] for name in found.flows]
            await flow_versions.store(tx, [stored(flow) for flow in new], now)
            what = TAKEN_BACK if taking else PUBLISHED
            await audit.note(tx, [audit.Noted(programme.id, actor, what, None, now)])
            named = sorted(own.keys() - after.keys()) if taking else brought.names
            await _tell(tx, database.vault, programme, FlowsPublished(", ".join(named), taken_back=taking), actor, now)
            within = await overlays.inside(tx, programme.id, replaced)
            await inbox.tell(tx, database.vault, [inbox.Told(one, FlowReplaced(number)) for one, number in within], now)
            if also is not None:
                await also(tx)
        return found
    raise Refused("Others publish at the same time: try again.")


async def _tell(
    tx: Transaction, vault: Vault, programme: Programme, event: FlowsPublished, actor: PersonId | None, now: datetime
) -> None:
    """Tell every coordinator; `actor` is `None` on the command line."""
    names = {} if actor is None else await people.names(tx, vault, [actor])
    leading = (await programmes.coordinators(tx, [programme.id])).values()
    others = {one for side in leading for one in side} - {actor}
    to_others = replace(event, outside=True) if actor is None else replace(event, by=names.get(actor, ""))
    told = [inbox.Told(one, to_others) for one in sorted(others)]
    told += [] if actor is None else [inbox.Told(actor, event)]
    if told:
        await inbox.tell(tx, vault, told, now)


def judge(base: Catalogue, files: Mapping[str, str], numbers: str, spoken: Mapping[str, int]) -> Judged:
    """What `files` make of the library, with everything that is wrong. `numbers` is the programme's ledger so far,
    `spoken` its languages and how many speak each."""
    overlay, problems = lay_what_fits(base, files)
    languages = packaged_languages()
    library = read_numbers()
    kept = ledger.kept({**library, **(ledger.read(numbers) if numbers else {})}, overlay.catalogue)
    own = {place: ids for place, ids in kept.items() if library.get(place) != ids}
    world = world_facts(languages.offered, holidays=False)
    problems += judged(overlay, kept, world, walked=not problems) + _lint(overlay, languages)
    missing = untranslated(overlay, languages.offered)
    for language in sorted(missing.keys() & spoken.keys()):
        speak = f"{spoken[language]} of its people speak" if spoken[language] else "is the programme's own language"
        said = f"{languages.by_code[language].name} ({language}), which {speak}"
        for place, ids in _by_file(overlay, missing[language], language).items():
            advice = f"not in {said}: {', '.join(ids)}; write it into {TEXTS}, or into its column of the spreadsheet"
            problems.append(Problem(place, MISSING, advice))
    left = {language: ids for language, ids in missing.items() if language not in spoken}
    return Judged(overlay, ledger.written(own) if own else "", tuple(sorted(set(problems), key=_order)), left)


_NUMBER = re.compile(r"(\d+)")


def _order(problem: Problem) -> tuple[bool, list[tuple[int, str]], str]:
    """By file and line, what is only not translated yet last."""
    parts = [(int(part), "") if part.isdecimal() else (0, part) for part in _NUMBER.split(problem.where)]
    return problem.rule == MISSING, parts, problem.advice


def _by_file(overlay: Overlay, ids: Sequence[str], language: str) -> dict[str, list[str]]:
    """The texts of each file, by the place of the first of them."""
    found: dict[str, dict[str, str]] = {}
    for id_ in ids:
        place = place_of_text(overlay, id_, language)
        found.setdefault(place.partition(" ")[0], {})[id_] = place
    return {next(iter(places.values())): list(places) for places in found.values()}


def _lint(overlay: Overlay, languages: Languages) -> list[Problem]:
    """What is wrong with the programme's own words in any language: length, placeholders, brackets, directions."""
    found: list[Problem] = []
    for text in _extracted(overlay):
        own = overlay.texts.get(text.id, {})
        for language in [SOURCE, *sorted(own.keys() - {SOURCE})]:
            said = own.get(language, sources(text))
            place = place_of_text(overlay, text.id, language)
            found += [
                Problem(place, rule, f"{text.id} {advice}")
                for rule, advice in faults(Translated(text, languages.by_code[language], said))
                if rule != "identical"  # whoever writes the English word as her own language's means it
            ]
    return found


def _extracted(overlay: Overlay) -> list[Extracted]:
    """The texts of which the programme has words, in its English."""
    own = {
        text.id: text
        for name, content in overlay.files.items()
        if (flow := overlay.catalogue.flows.get(name.removesuffix(".toml"))) is not None
        for text in extract(f"{flow.phase}/{name}", content)
    }
    known = {text.id: text for text in extract_library(read_library())} | own
    wanted = own.keys() | overlay.texts.keys()
    return [_in_english(known[id_], overlay.texts.get(id_, {}).get(SOURCE)) for id_ in sorted(wanted) if id_ in known]


def _in_english(text: Extracted, own: Forms | None) -> Extracted:
    """A text in the programme's English."""
    if own is None:
        return text
    return replace(text, source=own[0], plural=None if text.plural is None else own[1])


def _together(own: Mapping[str, str], brought: Brought) -> dict[str, str]:
    """What is published with what was brought over it. Words of a spreadsheet go in among those that are there."""
    files = {**own, **brought.files}
    if brought.texts:
        texts = _by_id(files[TEXTS]) if TEXTS in files else {}
        for id_, words in brought.texts.items():
            texts[id_] = {**texts.get(id_, {}), **words}
        files[TEXTS] = texts_file(texts)
    return files


def _without(own: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """What stays when the files called `names` are taken back, and the words of flows that go with them."""
    wanted = {name if name.endswith(".toml") else f"{name}.toml" for name in names}
    if strange := wanted - own.keys():
        raise Refused(f"Nothing of that name is published: {', '.join(sorted(strange))}; there is: {', '.join(own)}.")
    left = {name: text for name, text in own.items() if name not in wanted}
    flows = {name.removesuffix(".toml") for name in wanted}
    if TEXTS in left:
        texts = {id_: words for id_, words in _by_id(left[TEXTS]).items() if id_.partition(".")[0] not in flows}
        left[TEXTS] = texts_file(texts)
        if not texts:
            del left[TEXTS]
    return left


def _by_id(file: str) -> dict[str, dict[str, Said]]:
    """What a file of texts says, by text id and language."""
    found: dict[str, dict[str, Said]] = {}
    for id_, language, said in said_in(tomllib.loads(file)):
        found.setdefault(id_, {})[language] = said
    return found


def _versions(base: Catalogue, own: Mapping[str, str]) -> set[str]:
    """The versions that hold so far."""
    try:
        flows = lay(base, own).catalogue.flows
    except LibraryBroken:
        flows = base.flows
    return {flow.version for flow in flows.values()}
