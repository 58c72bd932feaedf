"""Figures, as ratios against peers in the same run: `make bench`, or `python -m benchmarks turns latency …`.

Each module measures one thing and prints a table; `docs/figures.md` says what each row means.
"""
