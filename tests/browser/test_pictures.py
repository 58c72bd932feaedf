"""Pictures become smaller and look the same."""

from __future__ import annotations

import struct
import zlib

import pytest

from tests.browser.pictures import SIGNATURE, chunk, fewer_colours, read


def drawn(width: int, height: int, *, filters: bytes, channels: int = 3) -> bytes:
    """A picture with a ramp of colours; each line is written with the next of `filters`, which must undo to itself."""
    lines = bytearray()
    for row in range(height):
        line = bytes((row * 7 + at * 3) % 256 for at in range(width * channels))
        lines.append(filters[row % len(filters)])
        lines += line
    kind = {3: 2, 4: 6}[channels]
    return (
        SIGNATURE
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes(lines)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("filters", [b"\0", b"\1", b"\2", b"\3", b"\4", b"\0\1\2\3\4"])
def test_a_picture_with_few_colours_stays_as_it_is(filters: bytes, channels: int) -> None:
    png = drawn(8, 6, filters=filters, channels=channels)
    assert read(fewer_colours(png)) == read(png)


def test_filters_are_undone() -> None:
    plain = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    lines = bytes([1, 10, 20, 30, 1, 1, 1, 2, 5, 5, 5, 5, 5, 5])
    assert read(plain + chunk(b"IDAT", zlib.compress(lines)))[2] == bytes(
        [10, 20, 30, 11, 21, 31, 15, 25, 35, 16, 26, 36]
    )


def test_of_many_colours_the_frequent_stay_and_the_rest_comes_near() -> None:
    png = drawn(40, 40, filters=b"\0")
    _, _, before = read(png)
    _, _, after = read(fewer_colours(png))
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 64
    assert len({after[at : at + 3] for at in range(0, len(after), 3)}) <= 256


def test_a_lamp_among_many_greys_keeps_its_colour() -> None:
    greys = b"".join(bytes((value, value, value)) * 9 for value in range(256))
    others = b"".join(bytes((value, value, (value + 1) % 256)) * 8 for value in range(256))
    lines = b"\0" + greys + others + bytes((88, 201, 165)) * 5
    width = (len(lines) - 1) // 3
    png = SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 2, 0, 0, 0))
    _, _, after = read(fewer_colours(png + chunk(b"IDAT", zlib.compress(lines))))
    assert after[-3:] == bytes((88, 201, 165))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no PNG"):
        fewer_colours(b"GIF89a")
