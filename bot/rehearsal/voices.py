"""A voice note as a phone records it: a real OGG file with Opus in it, of silence.

Rules kept here:

* Players take it: pages with numbers, granule positions and checksums (RFC 3533), the two headers of Opus (RFC 7845),
  and one frame of silence for each 20 ms (RFC 6716).
"""

from __future__ import annotations

import struct
from typing import Final

SECONDS: Final = 3
_RATE: Final = 48_000
_FRAME: Final = b"\xf8\xff\xfe"
"""Twenty milliseconds of silence: the whole band, one channel, one frame."""
_FRAMES_A_SECOND: Final = 50
_SERIAL: Final = 0x7E11
_FIRST, _LAST = 0x02, 0x04
"""Flags of a page: it begins or ends the stream."""
_POLYNOMIAL: Final = 0x04C11DB7


def voice_note(seconds: int = SECONDS) -> bytes:
    """An OGG file of `seconds` (1 to 5: what fits one page) of silence."""
    if not 1 <= seconds <= 5:
        raise ValueError("a voice note of the room lasts 1 to 5 seconds")
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, _RATE, 0, 0)
    maker = b"rehearsal"
    tags = b"OpusTags" + struct.pack("<I", len(maker)) + maker + struct.pack("<I", 0)
    frames = [_FRAME] * (seconds * _FRAMES_A_SECOND)
    return b"".join((_page([head], 0, 0, _FIRST), _page([tags], 0, 1, 0), _page(frames, seconds * _RATE, 2, _LAST)))


def duration(content: bytes) -> int:
    """Whole seconds of an OGG file with Opus in it, at least 1; also 1 for what is none."""
    last = content.rfind(b"OggS")
    if last < 0 or len(content) < last + 14:
        return 1
    granule: int = struct.unpack_from("<q", content, last + 6)[0]
    return max(1, round(granule / _RATE))


def _page(packets: list[bytes], granule: int, number: int, flags: int) -> bytes:
    """One page; every packet is shorter than 255 bytes."""
    sizes = bytes(len(packet) for packet in packets)
    header = b"OggS" + struct.pack("<BBqIII", 0, flags, granule, _SERIAL, number, 0) + bytes([len(sizes)]) + sizes
    page = header + b"".join(packets)
    return page[:22] + struct.pack("<I", checksum(page)) + page[26:]


def checksum(page: bytes) -> int:
    """OGG's own kind of CRC-32: not reflected, beginning at 0, with the field itself as zeros."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ _POLYNOMIAL if value & 0x80000000 else value << 1
        value &= 0xFFFFFFFF
    return value
