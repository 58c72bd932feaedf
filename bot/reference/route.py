"""How an update travels, as data: each hop names the code that makes it, and is refused when that is gone."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import get_args

from bot.reference.markdown import code, mermaid, paragraph, table
from flows import effects as effects_
from flows import events as events_


@dataclass(frozen=True, slots=True)
class Hop:
    """`sender` to `receiver`; `by` is the dotted name of what does it, `words` what goes along.
    `back`: an answer, drawn with a broken line."""

    sender: str
    receiver: str
    by: str
    words: str
    back: bool = False


HOPS = (
    Hop("Telegram", "intake", "bot.telegram.intake.Polling", "updates, by getUpdates or the webhook"),
    Hop("intake", "intake", "bot.telegram.inbound.arrival", "each update becomes an arrival"),
    Hop("ticks", "turns", "bot.ticks.Ticks", "due timers and told events become arrivals too"),
    Hop("intake", "turns", "bot.turns.Turns.submit", "arrivals"),
    Hop("turns", "batch", "bot.batch.Batch.carry_out", "up to 100 arrivals, one transaction"),
    Hop("batch", "storage", "storage.people.load_locked", "lock and load people, sessions, facts"),
    Hop("batch", "storage", "storage.inbox.known", "leave out what was done already"),
    Hop("batch", "flows", "bot.commands.answer", "one event of one person, with facts and the moment"),
    Hop("flows", "flows", "flows.conversation.respond", "which session it belongs to"),
    Hop("flows", "flows", "flows.engine.advance", "what comes of it: session and effects"),
    Hop("flows", "batch", "flows.conversation.Response", "conversation and effects", back=True),
    Hop("batch", "batch", "bot.workspace.Workspace.carry_out", "effects become rows, ids become words"),
    Hop("batch", "storage", "storage.outbox.insert", "sessions, answers, timers, inbox keys, outbox rows"),
    Hop("batch", "turns", "bot.turns.Committed", "committed: on disk", back=True),
    Hop("turns", "intake", "bot.turns.Turns.submit", "returns", back=True),
    Hop("intake", "Telegram", "bot.telegram.intake.Polling", "acknowledged: the next offset, or 200", back=True),
    Hop("turns", "Telegram", "bot.telegram.taps.Taps.answer", "the chosen word over a tapped button"),
    Hop("turns", "sender", "bot.telegram.sender.Sender.wake", "there is something to send"),
    Hop("sender", "storage", "storage.claims.claim", "claim rows under a lease, by lane"),
    Hop("sender", "Telegram", "bot.telegram.rendering.send_parameters", "sendMessage, editMessageReplyMarkup"),
    Hop("sender", "storage", "storage.outbox.settle", "sent, to be tried again, or why not"),
)


class HopBroken(Exception):
    """The route names code that is not there any more."""


def diagram() -> str:
    """The route as a sequence diagram."""
    lines = ["sequenceDiagram"]
    ends = dict.fromkeys(end for hop in HOPS for end in (hop.sender, hop.receiver))
    lines += [f"    participant {name}" for name in ends]
    for hop in HOPS:
        arrow = "-->>" if hop.back else "->>"
        lines.append(f"    {hop.sender}{arrow}{hop.receiver}: {_last_names(hop.by)}: {hop.words}")
    return mermaid(lines)


def found(name: str) -> object:
    """The code of a dotted name. Raises HopBroken."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        try:
            for part in parts[cut:]:
                thing = getattr(thing, part)
        except AttributeError:
            break
        return thing
    raise HopBroken(f"bot/reference/route.py names {name}, which is not there")


def _last_names(name: str) -> str:
    """`Turns.submit` of `bot.turns.Turns.submit`; with the module where it is a plain function."""
    thing = found(name)
    parts = name.split(".")
    is_method = inspect.isfunction(thing) and "." in thing.__qualname__
    return ".".join(parts[-2:]) if is_method or inspect.isfunction(thing) else parts[-1]


def events() -> str:
    """What can happen to a person."""
    return table(("event", "what it means"), [_described(kind) for kind in events_.EVENTS])


def effects() -> str:
    """What a turn can ask the shell to do."""
    return table(("effect", "what it asks for"), [_described(kind) for kind in get_args(effects_.Effect)])


def _described(kind: type) -> tuple[str, str]:
    fields = ", ".join(getattr(kind, "__dataclass_fields__", {}))
    return code(f"{kind.__name__}({fields})"), paragraph(kind)
