"""Whether every line of files is restored from its pieces, byte for byte.

    python -m benchmarks.round_trip reviews.txt.gz captions_train2014.json ...

Pieces are learned from the lines of each file, as in the text mode `plain`. A line is restored
if decoding its pieces gives it again, after Unicode NFC and white-space folding.
"""

import argparse
import sys
import unicodedata

from textvae.data.captions import load_captions
from textvae.data.pieces import PieceTokenizer


def lost_lines(lines: list[str]) -> list[str]:
    r"""The lines that are not restored.

    Example:
        >>> lost_lines(["हिन्दी में  लिखना", "C++, 350°F", "e\u0301 🐘"])
        []
    """
    wanted = [" ".join(unicodedata.normalize("NFC", line).split()) for line in lines]
    tokenizer = PieceTokenizer.fit(wanted)
    return [line for line in wanted if tokenizer.decode(tokenizer.encode(line)) != line]


def main() -> None:
    """Print a row per file; exit with 1 if a line is lost."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.round_trip", description=__doc__
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    total = 0
    for file in parser.parse_args().files:
        lines = load_captions([file], mode="tokens").texts
        lost = lost_lines(lines)
        print(f"{file}: {len(lines):,} lines, {len(lost)} lost {lost[:3] or ''}", flush=True)
        total += len(lost)
    sys.exit(bool(total))


if __name__ == "__main__":
    main()
