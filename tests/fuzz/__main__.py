"""`make fuzz`: every parser under atheris, one after the other, then whole turns under hypothesis, for SECONDS in all.

What is found lies in `build/fuzz`: put it into `tests/fuzz/corpus`, where `make test` replays it, and mend the code.
Where atheris can not be installed (it has wheels for some platforms only) that is said, and hypothesis takes its time.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from logging import CRITICAL
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from tests.fuzz import CORPUS

Trace = Callable[[FrameType, str, Any], Any]
BUILD = Path("build/fuzz")
NAMES = (
    "update", "changed_update", "text", "callback_data", "start_token", "typed_numbers", "words", "country", "times",
    "stored", "flow_toml",
)  # fmt: skip
"""As in `parsers.PARSERS`, which is imported under the fuzzer only; a test compares them."""
INSTRUMENTED = ("bot", "flows", "storage", "json", "tomllib")
LONGEST_INPUT = 16_384
"""Bytes: the longest text that Telegram delivers, whatever its script."""
LONGEST_KEPT = 400
"""Bytes of an input of the corpus: a person can read it, and the repository stays small."""
_DONE = re.compile(r"Done (\d+) runs in (\d+) second")


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz")
    asked.add_argument("--seconds", type=int, default=600, help="for all together")
    asked.add_argument("--only", choices=[*NAMES, "turns"], action="append")
    asked.add_argument("--keep", action="store_true", help="put what reached new code into the corpus, and end")
    asked.add_argument("--under-atheris", choices=NAMES, help=argparse.SUPPRESS)
    asked.add_argument("fuzzer", nargs="*", help=argparse.SUPPRESS)
    given = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(CRITICAL))
    if given.under_atheris:
        _under_atheris(given.under_atheris, given.fuzzer)
    chosen = given.only or [*NAMES, "turns"]
    if importlib.util.find_spec("atheris") is None and chosen != ["turns"]:
        _say(
            "NOT FUZZED: the parsers, since atheris is not installed here (pip install atheris). Only whole turns are."
        )
        chosen = ["turns"]
    if given.keep:
        for name in chosen:
            if name != "turns":
                _say(f"{name:15} {_keep(name):>10,} kept")
        return 0
    share = given.seconds / (len(chosen) + 3 * ("turns" in chosen))  # a turn is slow: four shares
    found = False
    for name in chosen:
        if name == "turns":
            from tests.fuzz import turns  # not before: what the parsers import has to be seen by the fuzzer

            runs, seconds, finding = turns.fuzz(share * 4, BUILD)
        else:
            runs, seconds, finding = _fuzz(name, share)
        _say(f"{name:15} {runs:>10,} runs in {seconds:>6,.0f} s: {finding or 'nothing found'}")
        found |= finding is not None
    return int(found)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _fuzz(name: str, seconds: float) -> tuple[int, float, str | None]:
    """One parser in a process of its own, since libFuzzer ends the process that it runs in."""
    grown = BUILD / name
    grown.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={max(1, int(seconds))}", "-timeout=20", "-rss_limit_mb=2048"]
    limits += [f"-max_len={LONGEST_INPUT}", f"-artifact_prefix={BUILD}/{name}-"]
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.fuzz", "--under-atheris", name, "--", *limits]
    command += [str(grown), str(CORPUS / name)]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    done = _DONE.search(ended.stderr)
    if ended.returncode == 0 and done is not None:
        return int(done[1]), float(done[2]), None
    report = BUILD / f"{name}.txt"
    report.write_text(ended.stdout + ended.stderr)
    return 0, time.monotonic() - began, f"FOUND SOMETHING, see {report} and {BUILD}/{name}-*"


def _keep(name: str) -> int:
    """Puts what reaches a line that the corpus did not reach yet into the corpus, the short ones first; how many."""
    from tests.fuzz.parsers import PARSERS

    known: set[tuple[str, int]] = set()
    for one in (CORPUS / name).iterdir():
        known |= _lines(PARSERS[name], one.read_bytes())
    kept = 0
    grown = [one for one in (BUILD / name).glob("*") if one.stat().st_size <= LONGEST_KEPT]
    for one in sorted(grown, key=lambda one: (one.stat().st_size, one.name)):
        reached = _lines(PARSERS[name], one.read_bytes())
        if reached - known:
            shutil.copy(one, CORPUS / name / one.name[:16])
            known |= reached
            kept += 1
    return kept


def _lines(parser: Callable[[bytes], None], data: bytes) -> set[tuple[str, int]]:
    """The lines of ours that `data` reaches."""
    reached: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _: object) -> Trace | None:
        if not frame.f_globals.get("__name__", "").startswith(INSTRUMENTED[:3]):
            return None
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        parser(data)
    finally:
        sys.settrace(None)
    return reached


def _under_atheris(name: str, arguments: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        from tests.fuzz.parsers import PARSERS

    atheris.Setup([sys.argv[0], *arguments], PARSERS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
