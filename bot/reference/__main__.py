"""`python -m bot.reference`, called by `make docs` and, with `--check`, by `make check`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Write what is stale, or with `--check` only name it: exit code 1 when there is something."""
    parser = argparse.ArgumentParser(prog="python -m bot.reference", description="The generated parts of docs/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a page is stale")
    checks_only = parser.parse_args(arguments).check
    from bot.reference.pages import stale, write  # noqa: PLC0415 - heavy: --help is quick without it

    names = stale(ROOT) if checks_only else write(ROOT)
    for name in names:
        sys.stdout.write(f"{name} {'is stale: run `make docs`' if checks_only else 'written'}\n")
    return 1 if checks_only and names else 0


if __name__ == "__main__":
    sys.exit(main())
