"""`python -m benchmarks [NAME …]`: run the named benchmarks, or all but the large one."""

from __future__ import annotations

import sys
import time
from importlib import import_module

NAMES = ("turns", "latency", "sending", "bulk", "ticks", "check_in", "idle", "processes", "arrivals")
LARGE = ("million",)
"""Only when it is named: a quarter of an hour, and gigabytes."""


def main() -> None:
    wanted = sys.argv[1:] or NAMES
    for name in wanted:
        if name not in NAMES + LARGE:
            sys.exit(f"There is no benchmark {name!r}; known: {', '.join(NAMES + LARGE)}.")
    for name in wanted:
        print(f"\n## {name}\n", flush=True)
        began = time.perf_counter()
        import_module(f"benchmarks.{name}").main()
        print(f"\n({time.perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
