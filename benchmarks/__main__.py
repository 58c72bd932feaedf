"""`python -m benchmarks [NAME …]`: run the named benchmarks, or all."""

from __future__ import annotations

import sys
import time
from importlib import import_module

NAMES = ("turns", "latency", "sending", "bulk", "ticks", "check_in", "idle", "processes")


def main() -> None:
    wanted = sys.argv[1:] or NAMES
    for name in wanted:
        if name not in NAMES:
            sys.exit(f"There is no benchmark {name!r}; known: {', '.join(NAMES)}.")
    for name in wanted:
        print(f"\n## {name}\n", flush=True)
        began = time.perf_counter()
        import_module(f"benchmarks.{name}").main()
        print(f"\n({time.perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
