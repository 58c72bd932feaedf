"""The week of a million people: how many are asked in which minute, what their answers add, and how late prompts come
when all of it has to pass through one bot's 30 messages a second. Simulated minute by minute, nothing is sent.

Rules kept here:

* The moments are those of the real rule (`benchmarks/continent`), what one check-in costs is what `check_in` measures:
  a prompt, and for an answer by buttons four replies and four marks.
* The pace is the sender's own (`bot/telegram/pacing`), replies before prompts as the sender does it.
* Nobody answers before she is asked: late prompts make late answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log
from pathlib import Path
from statistics import NormalDist
from typing import Final

from benchmarks.continent import MINUTES, MONDAY, PEOPLE, Week, by_hour, spreads
from benchmarks.tables import table
from bot.telegram.pacing import TOTAL_A_SECOND, TOTAL_SPAN

CALLS_A_MINUTE: Final = 60 * TOTAL_A_SECOND / TOTAL_SPAN
ANSWERS: Final = 0.7
"""Of those who are asked so many answer: assumed, well above what surveys by phone reach."""
CALLS_AN_ANSWER: Final = 8
"""By buttons: four messages and four marks under what was tapped."""
TURNS_AN_ANSWER: Final = 4
TURNS_A_PROMPT: Final = 2
"""One decides it, one notes that it was delivered."""
MEDIAN_MINUTES: Final = 30.0
SPREAD: Final = 1.5
"""How long after the prompt she answers: log-normal, a third within a quarter of an hour, one in twenty after six
hours. Assumed as well."""
PARTS: Final = 40
DELAYS: Final = tuple(
    round(exp(log(MEDIAN_MINUTES) + SPREAD * NormalDist().inv_cdf((n + 0.5) / PARTS))) for n in range(PARTS)
)
IN_TIME: Final = 60
"""Minutes: a prompt is in time when it comes within the hour that she chose."""
PICTURE: Final = Path("docs/pictures/million-arrivals.png")


@dataclass(slots=True)
class Passed:
    """One week through one bot: calls that were wanted and made in each minute, and how late the prompts were."""

    wanted: list[float] = field(default_factory=lambda: [0.0] * MINUTES)
    sent: list[float] = field(default_factory=lambda: [0.0] * MINUTES)
    turns: list[float] = field(default_factory=lambda: [0.0] * MINUTES)
    late: dict[int, float] = field(default_factory=dict)
    """How many prompts were so many minutes late."""

    @property
    def latest(self) -> int:
        return max(self.late, default=0)

    def share_after(self, minutes: int) -> float:
        return sum(count for late, count in self.late.items() if late > minutes) / sum(self.late.values())


def passed(week: Week, scale: float = 1.0, calls_a_minute: float = CALLS_A_MINUTE) -> Passed:
    """The second of two equal weeks, so that what is left of one meets the next."""
    result = Passed()
    replies = [0.0] * (3 * MINUTES)
    prompts: deque[tuple[int, float]] = deque()
    waiting = 0.0
    for minute in range(2 * MINUTES):
        counted = minute >= MINUTES
        due = week.get(minute % MINUTES, 0) * scale
        if due:
            prompts.append((minute, due))
        waiting += replies[minute]
        if counted:
            result.wanted[minute - MINUTES] = due + replies[minute]
            result.turns[minute - MINUTES] += due + replies[minute] / CALLS_AN_ANSWER * TURNS_AN_ANSWER
        room = calls_a_minute
        answered = min(waiting, room)
        waiting -= answered
        room -= answered
        asked_now = 0.0
        while prompts and room > 1e-9:
            since, left = prompts[0]
            now = min(left, room)
            room -= now
            asked_now += now
            if since >= MINUTES:
                result.late[minute - since] = result.late.get(minute - since, 0.0) + now
            if now < left:
                prompts[0] = (since, left - now)
            else:
                prompts.popleft()
        if counted:
            result.sent[minute - MINUTES] = answered + asked_now
            result.turns[minute - MINUTES] += asked_now * (TURNS_A_PROMPT - 1)
        if asked_now:
            share = asked_now * ANSWERS * CALLS_AN_ANSWER / PARTS
            for delay in DELAYS:
                if minute + 1 + delay < len(replies):
                    replies[minute + 1 + delay] += share
    for since, left in prompts:  # not even within the week
        late = 2 * MINUTES - since
        result.late[late] = result.late.get(late, 0.0) + left
    return result


def carried(week: Week) -> int:
    """How many people, spread like this, one bot can ask so that every prompt comes in time; to the thousand."""
    low, high = 0.0, 8.0
    for _ in range(13):
        middle = (low + high) / 2
        low, high = (middle, high) if passed(week, middle).latest < IN_TIME else (low, middle)
    return round(low * sum(week.values()) / 1000) * 1000


def draw(week: Week, through: Passed, target: Path = PICTURE) -> None:
    """The week as a picture that can be read on a phone: what is wanted of the bot, and what it may send."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    hours = [n / 24 for n in range(MINUTES // 60)]
    wanted, sent = _hourly(through.wanted), _hourly(through.sent)
    with pyplot.rc_context({"font.size": 15, "axes.spines.top": False, "axes.spines.right": False}):
        figure, (above, below) = pyplot.subplots(2, 1, figsize=(8, 8.5), sharex=True, layout="constrained")
        above.fill_between(hours, [n / 1000 for n in by_hour(week)], step="post", color="#2a6f97")
        above.set_ylim(bottom=0)
        above.set_ylabel("thousand people")
        above.set_title("Asked in each hour of the week (UTC)", loc="left", fontsize=16)
        below.fill_between(hours, [n / 1000 for n in wanted], step="post", color="#f4a261", label="wanted")
        below.step(hours, [n / 1000 for n in sent], where="post", color="#1b4332", label="sent by one bot")
        limit = CALLS_A_MINUTE * 60 / 1000
        below.axhline(limit, color="#9d0208", linestyle="--")
        below.text(6.95, limit * 1.02, "Telegram's limit", color="#9d0208", ha="right", va="bottom")
        below.set_ylabel("thousand calls")
        below.set_title("Calls to Telegram, prompts and answers", loc="left", fontsize=16)
        below.legend(loc="upper right", frameon=False, fontsize=14, ncols=2)
        below.set_ylim(0, max(*(n / 1000 for n in wanted), limit) * 1.3)
        below.set_xticks([n + 0.5 for n in range(7)], ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
        below.set_xlim(0, 7)
        for axes in (above, below):
            axes.grid(axis="y", alpha=0.3)
            for day in range(1, 7):
                axes.axvline(day, color="#bbbbbb", linewidth=0.7)
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, dpi=100, metadata={"Software": None})
        pyplot.close(figure)


def _hourly(minutes: Sequence[float]) -> list[float]:
    return [sum(minutes[begin : begin + 60]) for begin in range(0, MINUTES, 60)]


def busiest(week: Week) -> tuple[int, int]:
    """The hour of the week in which most are asked, and how many."""
    hours = by_hour(week)
    hour = max(range(len(hours)), key=hours.__getitem__)
    return hour, hours[hour]


def hour_name(hour: int) -> str:
    return f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[hour // 24]} {hour % 24:02d}:00"


def main() -> None:
    """Print the four spreads, and draw the first."""
    rows: list[list[str]] = []
    print(f"A week from {MONDAY:%d %B %Y}, {PEOPLE:,} people, one bot.\n")
    for name, week in spreads():
        through = passed(week)
        hour, count = busiest(week)
        if not rows:
            draw(week, through)
        rows.append(
            [
                name,
                f"{max(week.values()):,}",
                f"{count:,} ({hour_name(hour)})",
                f"{max(_hourly(through.turns)) / 3600:.0f}",
                _long(through.latest),
                f"{100 * through.share_after(IN_TIME):.0f} %",
                f"{carried(week):,}",
            ]
        )
    table(
        [
            "asked",
            "most in a minute",
            "most in an hour",
            "turns a second then",
            "latest prompt",
            "later than an hour",
            "one bot carries",
        ],
        rows,
    )
    print(f"\nDrawn: {PICTURE}")


def _long(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes < 7 * 24 * 60 else "over a week"


if __name__ == "__main__":
    main()
