"""The midwives: four twins in two pairs and both coordinators, three years long.

Fatmata and Anneke flourish. Khadija falls quiet in the fifth month and is helped; her twin Joke leaves in the fifteenth
and Willemijn comes in her place. Isatu hands over to Aminata at the end of the first year. All are invented.
"""

from __future__ import annotations

from typing import Final

from bot.rehearsal.plays.acting import LAST, Manner
from bot.rehearsal.plays.script import Actor, Play, Scene

FATMATA, ANNEKE, ISATU, MARIEKE, KHADIJA, JOKE, WILLEMIJN, AMINATA = 101, 102, 103, 104, 105, 106, 107, 108
FREETOWN, UTRECHT = "Freetown", "Utrecht"

MONTH: Final = 30
QUIET: Final = (5 * MONTH, 7 * MONTH + 15)
HANDOVER: Final = 12 * MONTH
PARTING: Final = 15 * MONTH

YES: Final = (1,)
MONDAY, THURSDAY = (1,), (4,)
NINE: Final = (2,)

_WARM: Final = {
    "ask_contact": (1, 1, 1, 2), "ask_direction": (1, 2, 3, 4, 5), "ask_kind": (1, 2, 3, 6), "ask_feeling": (4, 5),
    "ask_reason": (1, 2, 6), "ask_help": (6,), "ask_towards": (1, 2), "ask_level": (1, 2),
    "ask_today": (1, 2), "ask_wanted": (4, 5), "ask_due": (2, 3), "ask_owner": (3,), "ask_status": (1, 2, 2),
}  # fmt: skip
"""Goals are kept by both, and most of the time they are on track."""
_PLAIN: Final = {**_WARM, "ask_contact": (1, 2, 2, 3), "ask_feeling": (3, 4)}
_WAITING: Final = {**_PLAIN, "ask_contact": (2, 3, 3, 4), "ask_reason": (4,), "ask_help": (2, 3)}
_DELETES: Final = {"ask_sure": YES, "ask_shared": YES, "ask_last": YES}


def _actors() -> tuple[Actor, ...]:
    twin = {"ask_consent": YES, "ask_time_right": YES, "ask_hour": NINE}
    west, east = "Africa/Freetown", "Europe/Amsterdam"
    return (
        Actor(
            FATMATA, "Fatmata", "en", FREETOWN, "twin", west,
            Manner(_WARM, ("1 1 2 4", "1 3 1 5", "1 5 3 5", "2 6 4"), word="zembarilu"),
            joining=twin | {"ask_country": (2,), "ask_day": MONDAY},
        ),
        Actor(
            ANNEKE, "Anneke", "nl", UTRECHT, "twin", east, Manner(_WARM, answered=0.9, word="pruttelmos"),
            joining=twin | {"ask_country": (1,), "ask_day": MONDAY},
        ),
        Actor(
            ISATU, "Isatu", "en", FREETOWN, "coordinator", west, Manner(),
            joining=twin | {"ask_country": (2,)},
        ),
        Actor(
            MARIEKE, "Marieke", "nl", UTRECHT, "coordinator", east, Manner(),
            joining=twin | {"ask_country": (1,)},
        ),
        Actor(
            KHADIJA, "خديجة", "ar", FREETOWN, "twin", "Africa/Casablanca",
            Manner(_PLAIN, answered=0.85, word="ترلمون"), away=(QUIET,),
            joining=twin | {"ask_day": THURSDAY}, country="المغرب",
        ),
        Actor(
            JOKE, "Joke", "nl", UTRECHT, "twin", east,
            Manner(_WAITING, ("3 4 2", "2 6 3", "1 2 1 4"), answered=0.95, word="wiebelvink"),
            joining=twin | {"ask_country": (1,), "ask_day": THURSDAY},
        ),
        Actor(
            WILLEMIJN, "Willemijn", "nl", UTRECHT, "twin", east, Manner(_WARM, word="klaterhout"), joins=PARTING + 21,
            joining=twin | {"ask_day": THURSDAY}, country="Nederland",
        ),
        Actor(
            AMINATA, "Aminata", "en", FREETOWN, "coordinator", west, Manner(), joins=HANDOVER,
            joining=twin, country="Sierra Leone",
        ),
    )  # fmt: skip


def _scenes() -> tuple[Scene, ...]:
    pairing = {"ask_near": (1,), "ask_far": (1,), "ask_sure": YES}
    alone = {"ask_sharing": (LAST,)}
    return (
        Scene(1, ISATU, "/pair", pairing),
        Scene(3, MARIEKE, "/pair", pairing),
        Scene(2 * MONTH, ANNEKE, "/goals"),
        Scene(2 * MONTH + 10, FATMATA, "/twin", lines=("greetings from our ward, we sang this morning",)),
        Scene(3 * MONTH, FATMATA, "/gave", alone),
        Scene(4 * MONTH, JOKE, "/goals"),
        Scene(6 * MONTH, MARIEKE, "/pairs"),
        Scene(QUIET[1], KHADIJA, "/checkin", {"ask_contact": (3,), "ask_reason": (2,), "ask_help": (3,)}),
        Scene(QUIET[1] + 3, JOKE, "/twin", lines=("I am glad to hear from you again",)),
        Scene(8 * MONTH, FATMATA, "/balance"),
        Scene(9 * MONTH, ANNEKE, "/pause", {"ask_length": (2,)}),
        Scene(10 * MONTH, ANNEKE, "/received", alone),
        Scene(HANDOVER + 7, ISATU, "/delete", _DELETES),
        Scene(PARTING, JOKE, "/delete", _DELETES),
        Scene(PARTING + 23, AMINATA, "/pair", pairing),
        Scene(18 * MONTH, FATMATA, "/mydata"),
        Scene(20 * MONTH, WILLEMIJN, "/gaveback", alone),
        Scene(22 * MONTH, MARIEKE, "/digest"),
        Scene(22 * MONTH + 15, KHADIJA, "/stop"),
        Scene(24 * MONTH - 10, KHADIJA, "/resume"),
    )


MIDWIVES: Final = Play(
    "midwives",
    "The midwives of Freetown and Utrecht",
    "Midwives",
    "Midwives' Association of Freetown (only a rehearsal)",
    ((FREETOWN, "SL"), (UTRECHT, "NL")),
    _actors(),
    _scenes(),
)
