"""Whatever may be delivered, thrown at the parsers and at whole turns: `make fuzz`. No part of `make test`, which only
replays the corpus: inputs that once reached new code or broke something, of no real person."""

from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
