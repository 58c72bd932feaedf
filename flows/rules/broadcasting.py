"""Broadcasts: for whom, in which languages, what it will look like, and what became of it.

Rules kept here:

* A broadcast is sent in every language of its audience, or not at all: what is missing is asked for by name.
* Nobody who pauses, has stopped or can not be reached gets one; how many these are is said beforehand.
* Everything is looked at as its readers will see it before it goes out; the sender's name and the programme are on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from flows.broadcasts import EVERYBODY, Audience, BroadcastSeen, Readers
from flows.effects import Begin, Effect, Keep, Say, SendBroadcast, SendUnknownAgain, StopBroadcast
from flows.people import SideId
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation, ValueRule
from flows.values import In, Listed, LocalTime, Text, Value

RECOMMENDED_EVERY = timedelta(weeks=1)
"""One a week is enough; more is told, not forbidden (domain.md section 8)."""

PROGRESS = "broadcast_progress"


# -- for whom ----------------------------------------------------------------------------------------------------------


def sides(situation: Situation) -> tuple[Offer, ...]:
    """All sides, then each by its name."""
    return tuple(Offer(side, side_label(side, situation)) for side in (EVERYBODY, *_sides(situation)))


def side_label(side: str, situation: Situation) -> Value:
    return _sides(situation).get(side, Text("broadcast.every_side"))


def _sides(situation: Situation) -> Mapping[str, str]:
    known = situation.facts["programme.sides"]
    return {str(side): name for side, name in known} if isinstance(known, tuple) else {}


def audience_of(situation: Situation) -> Audience:
    side = situation.answers.get("side", EVERYBODY)
    return Audience(None if side == EVERYBODY else SideId(int(side)), situation.answers.get("who") == "twins")


def _readers(situation: Situation) -> list[Readers]:
    """Who is in the audience, those left out included."""
    audience = audience_of(situation)
    known = situation.facts["broadcast.people"]
    return [
        one
        for one in (known if isinstance(known, tuple) else ())
        if audience.side in (None, one.side) and (one.is_twin or not audience.twins_only)
    ]


def languages(situation: Situation) -> dict[str, int]:
    """How many people will read which language, the most first."""
    found: dict[str, int] = {}
    for one in _readers(situation):
        if one.active:
            found[one.language] = found.get(one.language, 0) + one.count
    return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))


# -- in which words ----------------------------------------------------------------------------------------------------


def texts_of(situation: Situation) -> dict[str, str]:
    """What was written so far, by language."""
    found = json.loads(situation.session.given.get("texts", "{}"))
    return {str(language): str(text) for language, text in found.items()}


def _missing(situation: Situation) -> dict[str, int]:
    written = texts_of(situation)
    return {language: count for language, count in languages(situation).items() if language not in written}


def missing(situation: Situation) -> str:
    """Whether there is anybody, and whether each of their languages has its text."""
    if not languages(situation):
        return "nobody"
    return "text" if _missing(situation) else "none"


def next_language(situation: Situation) -> tuple[Keep, ...]:
    """The one whose text is asked for next."""
    return (Keep({"language": next(iter(_missing(situation)))}),)


def language_asked(situation: Situation) -> Value:
    return _name(situation, situation.session.given.get("language", ""))


def still_missing(situation: Situation) -> Value:
    """The languages without a text, each with its number of people."""
    return Listed(
        tuple(
            Text("broadcast.language", {"language": _name(situation, language)}, count=count)
            for language, count in (_missing(situation) or languages(situation)).items()
        )
    )


def _name(situation: Situation, language: str) -> str:
    known = situation.facts["world.languages"]
    return str(known.get(language, language)) if isinstance(known, Mapping) else language


def keep_text(situation: Situation) -> tuple[Keep, ...]:
    language, text = situation.session.given.get("language", ""), situation.answers.get("text", "")
    return (Keep({"texts": json.dumps({**texts_of(situation), language: text}, ensure_ascii=False)}),)


def forget_texts(_: Situation) -> tuple[Keep, ...]:
    return (Keep({"texts": "{}"}),)


# -- how it looks ------------------------------------------------------------------------------------------------------


def message(text: str, sender: str, programme: str) -> Text:
    """A broadcast as its readers get it."""
    return Text("broadcast.message", {"text": text, "sender": sender, "programme": programme})


def _as_read(situation: Situation, language: str) -> In:
    text = texts_of(situation)[language]
    return In(message(text, situation.text("person.name"), situation.text("programme.name")), language)


def preview(situation: Situation) -> tuple[Effect, ...]:
    """One message a language: what stands above it is for the author alone."""
    return tuple(
        Say(
            Text(
                "broadcast.preview",
                {"language": _name(situation, language), "message": _as_read(situation, language)},
                count=count,
            ),
            session=situation.session.number,
        )
        for language, count in languages(situation).items()
        if language in texts_of(situation)
    )


def test(situation: Situation) -> tuple[Effect, ...]:
    """To the author alone, as it will come, in every language that has its text."""
    return tuple(
        Say(Text("broadcast.exactly", {"message": _as_read(situation, language)}), session=situation.session.number)
        for language in languages(situation)
        if language in texts_of(situation)
    )


def summary(situation: Situation) -> Value:
    """To how many it goes, whom it does not reach, and how long ago the last one was."""
    lines: list[Value] = [Text("broadcast.to", count=sum(languages(situation).values()))]
    left_out = sum(one.count for one in _readers(situation) if not one.active)
    if left_out:
        lines.append(Text("broadcast.left_out", count=left_out))
    last = _latest(situation)
    if last is not None and situation.now - last.created_at < RECOMMENDED_EVERY:
        lines.append(Text("broadcast.recent", {"day": LocalTime(last.created_at, "day")}))
    return Listed((*lines, Text("broadcast.by_day")), "\n")


def send(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Decide it, and begin to watch."""
    wanted = {language: texts_of(situation)[language] for language in languages(situation)}
    return (SendBroadcast(str(audience_of(situation)), wanted), Begin(PROGRESS))


# -- what became of it -------------------------------------------------------------------------------------------------


def _latest(situation: Situation) -> BroadcastSeen | None:
    found = situation.facts["broadcast.latest"]
    return found if isinstance(found, BroadcastSeen) else None


def running(situation: Situation) -> str:
    """Whether a broadcast of this programme is under way; a session that watches one asks for that one."""
    last = _watched(situation) if situation.flow.id == PROGRESS else _latest(situation)
    return "yes" if last is not None and last.is_running else "no"


def _watched(situation: Situation) -> BroadcastSeen | None:
    """The one that this session began with, or was told of: by its number, or by the moment of its decision."""
    last, session = _latest(situation), situation.session
    if last is None:
        return None
    named = session.given.get("broadcast")
    if named is not None:
        return last if named == str(last.id) else None
    return last if last.is_running or last.created_at == session.started_at else None


def watch(situation: Situation) -> tuple[Begin, ...]:
    """Go on watching, beside the conversation."""
    last = _watched(situation) or _latest(situation)
    return (Begin(PROGRESS, {} if last is None else {"broadcast": str(last.id)}),)


def progress(situation: Situation) -> Value:
    """How far it is. At the moment of its decision there is nothing to count yet."""
    last = _watched(situation)
    if last is None:
        return Text("broadcast.begun")
    if last.size is None:
        return Text("broadcast.preparing")
    return Text("broadcast.progress", {"done": last.size - last.open}, count=last.size)


def result(situation: Situation) -> Value:
    """How it ended: only what there was. Its numbers add up to its people."""
    last = _watched(situation)
    if last is None:
        return Text("broadcast.over")
    parts = [
        Text(f"broadcast.{name}", count=count)
        for name, count in (
            ("sent", last.sent),
            ("blocked", last.blocked),
            ("failed", last.failed),
            ("unknown", last.unknown),
            ("late", last.late),
            ("withdrawn", last.withdrawn),
            ("erased", last.erased),
            ("open", last.open),
        )
        if count or name == "sent"
    ]
    return Text("broadcast.result", {"parts": Listed(tuple(parts), "\n")}, count=last.size or 0)


def has_unknown(situation: Situation) -> str:
    last = _watched(situation)
    return "yes" if last is not None and not last.is_running and last.unknown else "no"


def stop(situation: Situation) -> tuple[Effect, ...]:
    last = _watched(situation)
    session = situation.session.number
    if last is None or not last.is_running:
        return (Say(Text("broadcast.over"), session=session),)
    return (StopBroadcast(last.id), Say(Text("broadcast.stopped"), session=session))


def send_again(situation: Situation) -> tuple[Effect | Begin, ...]:
    """To those of whom nobody knows, as long as no other broadcast came after it."""
    if has_unknown(situation) == "no":
        return (Say(Text("broadcast.over"), session=situation.session.number),)
    last = _watched(situation)
    return () if last is None else (SendUnknownAgain(last.id), Begin(PROGRESS, {"broadcast": str(last.id)}))


_AUDIENCE = ("programme.sides", "broadcast.people", "world.languages")
_LATEST = ("broadcast.latest",)

RULES = Rules(
    effects={
        "broadcast.forget_texts": EffectRule(forget_texts),
        "broadcast.keep_text": EffectRule(keep_text),
        "broadcast.next_language": EffectRule(next_language, needs=_AUDIENCE),
        "broadcast.preview": EffectRule(preview, needs=(*_AUDIENCE, "person.name", "programme.name")),
        "broadcast.send": EffectRule(send, needs=_AUDIENCE),
        "broadcast.send_again": EffectRule(send_again, needs=_LATEST),
        "broadcast.stop": EffectRule(stop, needs=_LATEST),
        "broadcast.test": EffectRule(test, needs=(*_AUDIENCE, "person.name", "programme.name")),
        "broadcast.watch": EffectRule(watch, needs=_LATEST),
    },
    decisions={
        "broadcast.has_unknown": DecisionRule(has_unknown, ("yes", "no"), needs=_LATEST),
        "broadcast.missing": DecisionRule(missing, ("nobody", "text", "none"), needs=_AUDIENCE),
        "broadcast.running": DecisionRule(running, ("yes", "no"), needs=_LATEST),
    },
    choices={
        "broadcast.sides": ChoicesRule(sides, side_label, needs=("programme.sides",)),
    },
    values={
        "broadcast.language_asked": ValueRule(language_asked, needs=("world.languages",)),
        "broadcast.progress": ValueRule(progress, needs=_LATEST),
        "broadcast.result": ValueRule(result, needs=_LATEST),
        "broadcast.still_missing": ValueRule(still_missing, needs=_AUDIENCE),
        "broadcast.summary": ValueRule(summary, needs=(*_AUDIENCE, *_LATEST)),
    },
)
