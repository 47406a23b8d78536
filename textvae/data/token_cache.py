"""Token ids of many captions on disk: tokenised once, and read block by block."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from textvae.data.block_files import BlockFile, BlockWriter
from textvae.data.caption_set import Caption
from textvae.data.ragged import Ragged
from textvae.data.stored_captions import blocks_of
from textvae.data.token_rows import TokenRows
from textvae.data.vocabulary import Vocabulary
from textvae.types import Ints


class TokenCache(TokenRows):
    """Rows of token ids in a file of blocks, as `write_tokens` writes them.

    Example:
        >>> from textvae.data.tokenizer import Tokenizer
        >>> captions = [Caption("1", "a dog"), Caption("2", "a red cat")]
        >>> rows = write_tokens(captions, Tokenizer(["a", "dog"]), Path("pets.tfrecord"), None)
        >>> len(rows), rows.lengths([0]).tolist(), rows[1]
        (2, [4, 5], [1, 4, 3, 3, 2])
    """

    def __init__(self, file: BlockFile) -> None:
        self._file, self.sizes = file, file.sizes
        self.num_tokens = int(file.facts["num_tokens"])

    def read(self, blocks: Iterable[int]) -> Ragged:
        """The rows of some blocks."""
        return Ragged.joined(self._rows(block) for block in blocks)

    def lengths(self, blocks: Iterable[int]) -> Ints:
        """The lengths of the rows of some blocks."""
        return self._values("lengths", blocks)

    def groups(self, blocks: Iterable[int]) -> Ints:
        """The numbers of their groups."""
        return self._values("groups", blocks)

    def _rows(self, block: int) -> Ragged:
        found = self._file.read(block, "token_ids", "lengths")
        return Ragged(found["token_ids"].astype(np.int32), found["lengths"])

    def _values(self, name: str, blocks: Iterable[int]) -> Ints:
        return np.concatenate([self._file.read(block, name)[name] for block in blocks])


def write_tokens(
    captions: Iterable[Caption], tokenizer: Vocabulary, path: Path, identity: Any
) -> TokenCache:
    """Tokenise captions into a file, which takes about two bytes per token.

    Args:
        captions: in the order in which to store them, with those of a group together.
        tokenizer: the vocabulary.
        path: of the file; its index is next to it.
        identity: of the captions and the vocabulary, for `BlockFile.find`.

    Raises:
        OSError: the disk is full; nothing is left at `path`.

    Example:
        >>> from textvae.data.tokenizer import Tokenizer
        >>> captions = [Caption("1", "a dog"), Caption("1", "dogs"), Caption("2", "a cat")]
        >>> rows = write_tokens(captions, Tokenizer(["a", "dog"]), Path("pets.tfrecord"), None)
        >>> rows.num_tokens, rows.groups([0]).tolist()
        (11, [1, 1, 2])
    """
    num_tokens = num_groups = 0
    last = ""
    with BlockWriter(path, identity) as writer:
        for block in blocks_of(captions):
            rows = Ragged.of([tokenizer.encode(caption.text) for caption in block])
            num_tokens += len(rows.ids)
            names = [last, *(caption.group for caption in block)]
            is_new = [name != before for before, name in zip(names, names[1:], strict=False)]
            groups = num_groups + np.cumsum(is_new)
            num_groups, last = int(groups[-1]), names[-1]
            features = {"token_ids": rows.ids, "lengths": rows.lengths, "groups": groups}
            writer.write(features, len(block))
        return TokenCache(writer.finish({"num_tokens": num_tokens}))
