"""How a language counts: which form of a text goes with a number, and which numbers show what a form is for. Pure.

Rules kept here:

* A rule is gettext's, as `locales/languages.toml` has it: `nplurals=2; plural=(n != 1);`.
* People know a form by the numbers that it is for; nobody has to know what a plural rule is.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

SAMPLES: Final = 4
"""Numbers that show what a form is for."""
HIGHEST: Final = 200
"""The highest number that is looked at for them: the hundreds count like the first two."""


@dataclass(frozen=True)
class Counting:
    """How one language counts."""

    rule: str

    @property
    def forms(self) -> int:
        """How many forms a counted text has."""
        return int(self.rule[len("nplurals=")])

    def form(self, number: int) -> int:
        """Which of them goes with `number`."""
        return self._form_of(number)

    @cached_property
    def _form_of(self) -> Callable[[int], int]:
        return gettext.c2py(self.rule.partition("plural=")[2].rstrip("; "))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The numbers that each form is for: `1`, and `0, 2, 3, 4 …`."""
        numbers: list[list[str]] = [[] for _ in range(self.forms)]
        for number in range(HIGHEST + 1):
            numbers[self.form(number)].append(str(number))
        return tuple(", ".join(one[:SAMPLES]) + (" …" if len(one) > SAMPLES else "") for one in numbers)


@lru_cache(maxsize=64)
def counting_by(rule: str) -> Counting:
    """The one of this rule: read once."""
    return Counting(rule)


def example(label: str) -> str:
    """A number that stands for the form with this label."""
    return label.partition(",")[0]


ENGLISH: Final = Counting("nplurals=2; plural=(n != 1);")
"""The source counts so: one, and other."""
