"""The user's Hub token."""

import os
import re

from textvae.errors import BadInput

VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
PAGE = "https://huggingface.co/settings/tokens"


def find_token() -> str | None:
    """The token from the environment or from `hf auth login`; None if there is none.

    Raises:
        BadInput: it has line breaks, spaces or other invalid characters. The message does not
            show it.

    Example:
        >>> token = find_token()
        >>> token is None or " " not in token
        True
    """
    from huggingface_hub import get_token

    name = next((name for name in VARIABLES if os.environ.get(name)), "")
    token = os.environ[name].strip() if name else get_token()
    if token and not re.fullmatch("[!-~]+", token):
        raise BadInput(
            f"{name or 'the stored token'} is not a token: it has a line break, a space or"
            f" another character that tokens do not have; copy it again from {PAGE}"
        )
    return token or None
