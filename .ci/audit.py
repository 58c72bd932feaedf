"""Known vulnerabilities of the packages that constraints.txt pins, asked by pip-audit. One of them fails `make check`.

Where nobody can tell (no network, a service without such data, no pip-audit) that is said, loudly, and fails nothing:
a check that fails for want of a network is soon left out, and one that passes without a word is worse.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
SERVICES = ("pypi", "osv")
"""Asked in this order, until one knows something."""
PATIENCE = 300


@dataclass(frozen=True)
class Answer:
    """What a service knows: `found` are vulnerabilities in words, `asked` packages that it knows, `unknown` others."""

    found: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read(report: str) -> Answer:
    """pip-audit's JSON; an `Answer` of nothing where it wrote none."""
    try:
        listed = json.loads(report)["dependencies"]
    except (ValueError, LookupError, TypeError):
        return Answer()
    found = [
        f"{one['name']} {one['version']}: {vuln['id']}, mended in {', '.join(vuln['fix_versions']) or 'no version yet'}"
        for one in listed
        for vuln in one.get("vulns", ())
    ]
    asked = [one["name"] for one in listed if "skip_reason" not in one]
    return Answer(tuple(found), tuple(asked), tuple(one["name"] for one in listed if "skip_reason" in one))


def verdict(answers: Sequence[Answer]) -> tuple[int, str]:
    """The exit code, and what is said."""
    known = {name for answer in answers for name in answer.asked}
    unknown = sorted({name for answer in answers for name in answer.unknown} - known)
    found = [line for answer in answers for line in answer.found]
    if found:
        return 1, "\n".join(["Known vulnerabilities; pin a version in constraints.txt that is mended:", *found])
    if not known:
        return 0, (
            "!!! NOT AUDITED: no service could say anything about vulnerabilities from here (no network, or a\n"
            "!!! service without such data). Run `make audit` where the services that pip-audit asks can be reached."
        )
    said = f"Audited: {len(known)}. No known vulnerability."
    return 0, f"{said}\n!!! NOT AUDITED, unknown to the service: {', '.join(unknown)}" if unknown else said


def ask(service: str) -> Answer:
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS), "--no-deps", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--vulnerability-service", service]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Answer()
    return read(ended.stdout)


def main() -> int:
    answers: list[Answer] = []
    for service in SERVICES:
        answers.append(ask(service))
        if answers[-1].asked:
            break
    code, said = verdict(answers)
    sys.stdout.write(said + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
