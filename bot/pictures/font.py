"""The fonts of our pictures: those of the certificate, which are shipped with the program. What one has not, another
has."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FONTS: Final = tuple(sorted((Path(__file__).parents[1] / "certificates" / "fonts").glob("*.ttf")))
FAMILY: Final = "Noto Serif"
