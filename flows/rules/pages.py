"""Pages: what somebody wrote in one conversation, shown to her twin or her coordinators as one message.

Rules kept here:

* A page is made of the answers of a flow, a line each, under the flow's title; a line says what it is where there is a
  phrase `pages.<save>`. Choices and days are read in the reader's language, words as they were written.
* The flow says beforehand who will read it (`page.pass_on`: her twin, `page.hand_in`: her coordinators), or asks at its
  end (`page.share`) after it has shown the whole page.
* As long as the flow can be corrected, a correction reaches whoever was shown the page: a change rewrites it in their
  chat, a taking back removes it. Who could not be shown it is shown the changed one as something new.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from flows.effects import Begin, Effect, Keep, Say, Tell
from flows.events.pairs import PagePassedOn, PageTakenBack
from flows.people import PersonId
from flows.rules.dates import in_words
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation, ValueRule
from flows.session import Session
from flows.values import Listed, Text, Value

PRIVATE, TWIN, COORDINATORS = "private", "twin", "coordinators"
BOTH = "both"
"""Her twin and the coordinators of her side."""

PROGRAMME = "programme"
"""Everybody: her twin reads it at once, the coordinators of her side may show it to the others."""

READERS = {
    PRIVATE: (),
    TWIN: (TWIN,),
    COORDINATORS: (COORDINATORS,),
    BOTH: (TWIN, COORDINATORS),
    PROGRAMME: (TWIN, COORDINATORS),
}

SHARE = "sharing"
"""The save name under which a flow asks who may read its page."""

BEGIN = "begin"
"""The save name of whether she begins at all: on no page either."""

SHOWN_TO = "shown_to"

DAY = "plan.date"
"""The reader of a question whose answer is a day."""

LABELS = frozenset(
    {
        *("happened", "why", "next_step", "means", "expects", "not_expects", "one_change"),
        *("gave", "received", "gave_back", "passed_on", "people", "stays", "who", "thanks"),
        *("change", "for_whom", "quote", "sharing", "tags"),
        *("useful", "heard", "language", "idea"),
        *("last_day", "bring", "see", "host"),
        *("safety", "insurance", "consent", "emergency", "payment", "costs", "lighter"),
        *("topics", "area", "style", "availability", "unsuitable", "may_reach", "reach_at"),
    }
)
"""Save names that have a phrase of their own, `pages.<save>`."""


def lines_of(situation: Situation, saves: Collection[str] | None = None) -> tuple[tuple[str, str], ...]:
    """The answers on the page (of `saves` only) as (save, answer): `=` and a text id for each choice, `@` and a day, or
    `"` and words."""
    lines: list[tuple[str, str]] = []
    for answered in situation.session.path:
        save = situation.flow.step(answered.step).save
        if save is None or answered.is_skipped or save == BEGIN or (saves is not None and save not in saves):
            continue
        if save == SHARE and answered.choice != PROGRAMME:  # that everybody may see it is part of what is read
            continue
        if answered.words is not None and situation.flow.step(answered.step).reads == DAY:
            lines.append((save, f"@{answered.words}"))
        elif answered.words is not None:
            lines.append((save, f'"{answered.words}'))
        elif answered.choice is not None:
            texts = {choice.id: choice.text for choice in situation.flow.choices(answered.step)}
            picked = [texts[one] for one in answered.choice.split(",") if one in texts]
            if picked:
                lines.append((save, f"={' '.join(picked)}"))
    return tuple(lines)


def has_lines(situation: Situation) -> str:
    """Whether she said anything that could be read."""
    return "yes" if lines_of(situation) else "no"


def text_of(flow: str, author: str, lines: tuple[tuple[str, str], ...]) -> Text:
    """The page as it is read."""
    shown = [_line(save, written) for save, written in lines]
    return Text("pages.page", {"author": author, "title": Text(f"{flow}.title"), "lines": Listed(tuple(shown), "\n")})


def _line(save: str, written: str) -> Value:
    said: Value = written[1:]
    if written.startswith("="):
        said = Listed(tuple(Text(one) for one in written[1:].split()), ", ")
    elif written.startswith("@"):
        said = in_words(written[1:])
    return Text("pages.line", {"label": Text(f"pages.{save}"), "said": said}) if save in LABELS else said


def shown(situation: Situation) -> Value:
    """Exactly what will be read."""
    return text_of(situation.flow.id, situation.text("person.name"), lines_of(situation))


def readers(situation: Situation) -> tuple[Offer, ...]:
    """Who could read it: her twin and coordinators as far as there are any, and nobody."""
    ids = [TWIN] if situation.number("twin.id") is not None else []
    ids += [COORDINATORS] if situation.facts["side.coordinators"] else []
    ids += [BOTH] if len(ids) == len(READERS[BOTH]) else []
    return tuple(Offer(one, reader_label(one, situation)) for one in (*ids, PRIVATE))


def reader_label(choice: str, situation: Situation) -> Value:
    return Text(f"pages.to_{choice}", _naming(choice, situation))


def _naming(choice: str, situation: Situation) -> dict[str, Value]:
    return {"twin": situation.name("twin.name")} if TWIN in READERS[choice] else {}


def pass_on(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """To her twin, as the flow has said beforehand."""
    number = situation.session.number
    if situation.number("twin.id") is None or not lines_of(situation):
        return (*show(situation, ()), Say(Text("pages.nothing_said"), session=number))
    said = Text("pages.now_twin", _naming(TWIN, situation))
    return (*show(situation, (TWIN,)), Say(said, session=number))


def hand_in(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """To the coordinators of her side, as the flow has said beforehand."""
    said = f"pages.now_{COORDINATORS}" if situation.facts["side.coordinators"] else f"pages.now_{PRIVATE}"
    return (*show(situation, (COORDINATORS,)), Say(Text(said), session=situation.session.number))


def share(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """To whom she chose; whoever was shown it and is not among them any more has it taken back."""
    chosen = situation.answers.get(SHARE, PRIVATE)
    said = Say(Text(f"pages.now_{chosen}", _naming(chosen, situation)), session=situation.session.number)
    return (*show(situation, READERS.get(chosen, ())), said)


def show(
    situation: Situation, wanted: tuple[str, ...], saves: Collection[str] | None = None
) -> tuple[Effect | Keep, ...]:
    """Show the page (of `saves` only) to `wanted`; whoever was shown it and is not among them has it taken back."""
    return show_lines(situation, wanted, lines_of(situation, saves))


def show_lines(
    situation: Situation, wanted: tuple[str, ...], lines: tuple[tuple[str, str], ...]
) -> tuple[Effect | Keep, ...]:
    """Show a page of `lines`, as `show` does."""
    session, author = situation.session, PersonId(situation.number("person.id") or 0)
    name = situation.text("person.name")
    before = shown_to(session)
    reached = {str(one): how for how in wanted for one in _people(situation, how)}
    gone = PageTakenBack(author, name, session.number)
    page = PagePassedOn(author, name, session.number, situation.flow.id, lines)
    return (
        *(Tell(PersonId(int(one)), gone) for one in before if one not in reached),
        *(Tell(PersonId(int(one)), replace(page, changed=one in before)) for one in reached),
        Keep(_given(reached)),
    )


def shown_to(session: Session) -> dict[str, str]:
    """Who was shown the page of `session`, and as what: her twin, or a coordinator."""
    return dict(one.split("=", 1) for one in session.given.get(SHOWN_TO, "").split())


def not_shown_to(session: Session, reader: PersonId) -> Session:
    """`session`, whose page did not reach `reader` after all."""
    left = {person: how for person, how in shown_to(session).items() if person != str(reader)}
    return replace(session, given={**session.given, **_given(left)})


def _given(shown_to: Mapping[str, str]) -> dict[str, str]:
    return {SHOWN_TO: " ".join(f"{person}={how}" for person, how in shown_to.items())}


def _people(situation: Situation, how: str) -> tuple[PersonId, ...]:
    if how == TWIN:
        twin = situation.number("twin.id")
        return () if twin is None else (PersonId(twin),)
    coordinators = situation.facts["side.coordinators"]
    return coordinators if isinstance(coordinators, tuple) else ()


PAGE_NEEDS = ("person.id", "person.name", "twin.id", "twin.name", "side.coordinators")

RULES = Rules(
    effects={
        "page.hand_in": EffectRule(hand_in, needs=PAGE_NEEDS),
        "page.pass_on": EffectRule(pass_on, needs=PAGE_NEEDS),
        "page.share": EffectRule(share, needs=PAGE_NEEDS),
    },
    decisions={
        "page.has_lines": DecisionRule(has_lines, ("yes", "no")),
    },
    choices={
        "page.readers": ChoicesRule(readers, reader_label, needs=PAGE_NEEDS),
    },
    values={
        "page.shown": ValueRule(shown, needs=("person.name",)),
    },
)
