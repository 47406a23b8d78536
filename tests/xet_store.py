"""The part of Xet's storage that an upload speaks to: it unpacks what arrives into whole files.

Source: https://huggingface.co/docs/xet, "Xorb Formation & Serialization Format" and "MDB Shard
File Format Specification".
"""

import struct

LZ4_FRAME = 0x184D2204
WITH_VERIFICATION, WITH_METADATA = 1 << 31, 1 << 30
ENTRY = 48  # bytes of each record of a shard
END = b"\xff" * 32


class XetStore:
    """Chunks by the hash of the object ("xorb") that they arrived in."""

    def __init__(self) -> None:
        self.xorbs: dict[str, list[bytes]] = {}

    def add_xorb(self, name: str, data: bytes) -> None:
        self.xorbs[name] = list(chunks_of(data))

    def files_of(self, shard: bytes) -> list[bytes]:
        """The files that a shard describes, put together from their chunks."""
        found, at = [], ENTRY  # after the header
        while not shard.startswith(END, at):
            flags, count = struct.unpack_from("<II", shard, at + 32)
            at += ENTRY
            whole = b""
            for _ in range(count):
                xorb = hash_text(shard[at : at + 32])
                size, first, last = struct.unpack_from("<III", shard, at + 36)
                part = b"".join(self.xorbs[xorb][first:last])
                assert len(part) == size
                whole, at = whole + part, at + ENTRY
            num_checks = count if flags & WITH_VERIFICATION else 0
            at += ENTRY * (num_checks + bool(flags & WITH_METADATA))
            found.append(whole)
        return found


def hash_text(raw: bytes) -> str:
    """A hash as addresses have it: four numbers of eight bytes, the lowest byte first."""
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", raw))


def chunks_of(xorb: bytes):
    """The chunks of a xorb, which a footer may follow."""
    at = 0
    while at + 8 <= len(xorb) and xorb[at] == 0:
        packed = int.from_bytes(xorb[at + 1 : at + 4], "little")
        scheme, size = xorb[at + 4], int.from_bytes(xorb[at + 5 : at + 8], "little")
        body = xorb[at + 8 : at + 8 + packed]
        chunk = body if scheme == 0 else lz4_frame(body)
        yield ungrouped(chunk) if scheme == 2 else chunk
        assert len(chunk) == size
        at += 8 + packed


def ungrouped(data: bytes) -> bytes:
    """Bytes that were grouped by their place in each four, back in their order."""
    whole, at = bytearray(len(data)), 0
    for place in range(4):
        count = len(range(place, len(data), 4))
        whole[place::4] = data[at : at + count]
        at += count
    return bytes(whole)


def lz4_frame(frame: bytes) -> bytes:
    """What an LZ4 frame holds (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md)."""
    assert struct.unpack_from("<I", frame)[0] == LZ4_FRAME
    flags = frame[4]
    at = 7 + 8 * bool(flags & 0x08) + 4 * bool(flags & 0x01)
    whole = bytearray()
    while size := struct.unpack_from("<I", frame, at)[0]:
        length = size & 0x7FFFFFFF
        block = frame[at + 4 : at + 4 + length]
        if size >> 31:
            whole += block
        else:
            lz4_block(block, whole)
        at += 4 + length + 4 * bool(flags & 0x10)
    return bytes(whole)


def lz4_block(block: bytes, whole: bytearray) -> None:
    """Append what a block holds; it may copy from what is there already."""

    def length(short: int, at: int) -> tuple[int, int]:
        total, more = short, short == 15
        while more:
            total, more, at = total + block[at], block[at] == 255, at + 1
        return total, at

    at = 0
    while at < len(block):
        token = block[at]
        count, at = length(token >> 4, at + 1)
        whole += block[at : at + count]
        at += count
        if at >= len(block):
            return
        offset = int.from_bytes(block[at : at + 2], "little")
        count, at = length(token & 15, at + 2)
        for _ in range(count + 4):
            whole.append(whole[-offset])
