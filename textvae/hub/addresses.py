"""Names of models on the Hugging Face Hub.

hf://owner/repo             the newest version
hf://owner/repo@revision    a branch, a tag, or a commit of 40 hexadecimal digits
"""

import re
from typing import NamedTuple

from textvae.errors import BadInput

PREFIX = "hf://"
NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"
REPO = re.compile(f"{NAME}/{NAME}")
ADDRESS = re.compile(rf"{PREFIX}({NAME}/{NAME})(?:@([A-Za-z0-9][A-Za-z0-9._/-]*))?")
TAG = re.compile(r"\w[\w .:+-]{0,59}")
MAX_NAME = 96  # characters of owner/repo that the Hub takes
COMMIT = re.compile("[0-9a-f]{40}")


class Address(NamedTuple):
    """A model on the Hub: `owner/repo`, and a branch, a tag or a commit of it.

    Example:
        >>> str(Address("me/model", "v1"))
        'hf://me/model@v1'
    """

    repo: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"{PREFIX}{self.repo}{'' if self.revision == 'main' else '@' + self.revision}"

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a commit, which never changes."""
        return COMMIT.fullmatch(self.revision) is not None


def parse_address(source: str) -> Address:
    """The address in `hf://owner/repo[@revision]`.

    Raises:
        BadInput: `source` has another form.

    Example:
        >>> parse_address("hf://me/model")
        Address(repo='me/model', revision='main')
    """
    found = ADDRESS.fullmatch(source)
    if not found or ".." in source:
        raise BadInput(
            "a model on the Hub is named hf://owner/repo or hf://owner/repo@revision,"
            f" got {source!r}"
        )
    return Address(found[1], found[2] or "main")


def checked_repo_name(repo: str) -> str:
    """`repo`, if it has the form `owner/repo`.

    Raises:
        BadInput: it has another form.

    Example:
        >>> checked_repo_name("model")
        Traceback (most recent call last):
        textvae.errors.BadInput: a repository on the Hub is named owner/repo, got 'model'
    """
    is_name = isinstance(repo, str) and REPO.fullmatch(repo) and len(repo) <= MAX_NAME
    if not is_name or ".." in repo or "--" in repo:
        raise BadInput(f"a repository on the Hub is named owner/repo, got {repo!r:.120}")
    return repo


def checked_tag(tag: str) -> str:
    """`tag`, if it is one or a few words, as the Hub's tags are.

    Raises:
        BadInput: it is anything else.

    Example:
        >>> checked_tag("recipes")
        'recipes'
    """
    if isinstance(tag, str) and TAG.fullmatch(tag):
        return tag
    raise BadInput(f"a tag of the Hub is a word such as recipes, got {tag!r:.80}")
