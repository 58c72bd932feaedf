"""The sheet that says how to read the others."""

from __future__ import annotations

from bot.sheets import Column, Sheet

_LINES = """\
Each sheet is one conversation (a flow), from top to bottom. The column row says what a row is.

THE HEAD
flow | The flow's id. For a new flow copy a sheet, give it a new id here, and change the rest.
phase | The folder it lies in, such as exchange or anytime.
goal | What the conversation is for, in one sentence. Nobody reads it in the chat.
title | What people call it, where they choose among conversations.
facts | What its texts may name, such as person.name or twin.name: {person}, {twin}.
given | Names that are known when it begins.
record | What is written down when it ends.
one_line | yes: one message of numbers may answer several questions.
aside | yes: it stands beside the conversation, and comes to the front when one of its buttons is tapped.
reminder | One reminder, with its words. Settings: after = 48h, at = own_hour.
expires | When an unanswered conversation ends. Settings: after = 24h (or next_prompt), late_for = 13d, keep = partial.

THE STEPS
step | One thing said or asked. It goes on to the row step below, unless next names another one; next = end ends it.
step, kind say | Says the words.
step, kind ask | Asks for words of one's own. save is the name of the answer; a later text repeats it as {name}.
step, kind choose | Asks with buttons: rows choice below; or, in name, a shared list, or a rule as in rule: join.days
step, kind decide | A named decision (in name) says where to go on: rows outcome below.
step, kind do | Carries out a named effect (in name).
step, kind wait | Waits (in name: 10m, 48h, 13d or 2w).
step, kind start | Begins the flow in name.
choice | A button. Numbers count from the top and are for ever: a new choice goes last, none is moved or taken out.
outcome | What a decision may say (id), and the step where that leads (next).
value | A placeholder of the step above (id), and the named value that fills it (name).
listen | After the end one text is still taken: save, and settings for = 24h, guard = yes.

OTHER TEXTS (the sheet phrases)
text | Words that stand outside any conversation. Its id is for ever; no row is added.
form | The words of a counted text for the numbers in id. Each language has forms of its own: grey cells stay empty.

CELLS
settings | One on a line (Alt+Enter): skip = yes, guard = yes, voice = yes, many = yes (or 3), reads = join.name, …
id | Small letters, digits and _. Ids are for ever: answers and translations hang on them. Change words, not ids.
English | The source. Keep {placeholders}; a button has none. Say before free text: no patient details.
other languages | A cell that you empty keeps its old words. A yellow one is older than its English: change its words.
remark | For those who read the flow's file; it stands there behind #, above what it is about.

GIVE IT BACK
Save it as .xlsx. All is checked before anything is changed, and each problem is told with its sheet and cell.
What is not in the sheets is not touched. A sheet that you take out changes nothing."""


def _row(line: str) -> tuple[str, str]:
    first, sign, rest = line.partition(" | ")
    return (first, rest) if sign else ("", line)


GUIDE = Sheet(
    "How to read this",
    (Column("How to read this", 22), Column("What it means", 110)),
    tuple(_row(line) for line in _LINES.split("\n")),
    strong=frozenset(number for number, line in enumerate(_LINES.split("\n")) if line.isupper()),
)
