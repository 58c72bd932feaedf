"""Smaller pictures: a screenshot of this page has few colours, so a palette of 256 of them shows it as well.

Rules kept here:

* Standard library only, and the same picture in gives the same bytes out.
* The most frequent colours stay exactly as they are. Then those are kept that would be missed most: often there, and
  far from all that is kept, as a lamp or a face among many greys. The others become the nearest of these.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS, FREQUENT = 256, 64


def fewer_colours(png: bytes) -> bytes:
    """`png` (eight bits a channel, as browsers write it) with at most 256 colours."""
    width, height, pixels = read(png)
    colours = [pixels[at : at + 3] for at in range(0, len(pixels), 3)]
    palette, places = _kept(Counter(colours))
    lines = bytearray()
    for row in range(height):
        lines.append(0)
        lines += bytes(places[colour] for colour in colours[row * width : (row + 1) * width])
    return b"".join(
        (
            SIGNATURE,
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            chunk(b"PLTE", b"".join(palette)),
            chunk(b"IDAT", zlib.compress(bytes(lines), 9)),
            chunk(b"IEND", b""),
        )
    )


def _kept(counted: Counter[bytes]) -> tuple[list[bytes], dict[bytes, int]]:
    """The palette, and for every colour its place there."""
    palette = [colour for colour, _ in counted.most_common(FREQUENT)]
    places = {colour: place for place, colour in enumerate(palette)}
    missing = {colour: _nearest(colour, palette) for colour in counted if colour not in places}
    while missing and len(palette) < COLOURS:
        missed = max(missing, key=lambda colour: (counted[colour] * missing[colour][0], colour))
        del missing[missed]
        places[missed] = len(palette)
        palette.append(missed)
        for colour, known in missing.items():
            missing[colour] = min(known, (_distance(colour, missed), places[missed]))
    return palette, places | {colour: place for colour, (_, place) in missing.items()}


def _nearest(colour: bytes, palette: list[bytes]) -> tuple[int, int]:
    return min((_distance(colour, other), place) for place, other in enumerate(palette))


def read(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and the pixels as red, green, blue, row by row; a palette is looked up, transparency is dropped."""
    parts = dict.fromkeys((b"IHDR", b"PLTE", b"IDAT"), b"")
    for name, content in _chunks(png):
        if name in parts:
            parts[name] += content
    width, height, depth, kind = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    if depth != 8 or kind not in (2, 3, 6):
        raise ValueError("neither of eight bits a channel nor with a palette")
    channels = {2: 3, 3: 1, 6: 4}[kind]
    raw = _unfiltered(zlib.decompress(parts[b"IDAT"]), width * channels, channels)
    if kind == 2:
        return width, height, raw
    if kind == 3:
        return width, height, b"".join(parts[b"PLTE"][3 * place : 3 * place + 3] for place in raw)
    return width, height, bytes(value for at, value in enumerate(raw) if at % 4 != 3)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(SIGNATURE):
        raise ValueError("no PNG")
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _unfiltered(lines: bytes, length: int, channels: int) -> bytes:
    """PNG's five filters, undone."""
    whole = bytearray()
    above = bytearray(length)
    for start in range(0, len(lines), length + 1):
        how, line = lines[start], bytearray(lines[start + 1 : start + 1 + length])
        for at in range(length):
            left = line[at - channels] if at >= channels else 0
            corner = above[at - channels] if at >= channels else 0
            line[at] = (line[at] + _guess(how, left, above[at], corner)) & 0xFF
        whole += line
        above = line
    return bytes(whole)


def _guess(how: int, left: int, up: int, corner: int) -> int:
    if how == 4:
        guess = left + up - corner
        return min((left, up, corner), key=lambda value: abs(guess - value))
    return (0, left, up, (left + up) // 2)[how]


def _distance(one: bytes, other: bytes) -> int:
    red, green, blue = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return red * red + green * green + blue * blue
