"""The verbs, one module each: help, arguments, an example, and the function to run.

A module has a one-line docstring, which is its help; `EXAMPLE`, in which `{prog}` stands for
the command and the verb; `add_arguments(parser)`; and `run(arguments)`, with the slow imports.
"""

from types import ModuleType

from textvae.cli.verbs import (
    app,
    blind,
    decode,
    encode,
    evaluate,
    export,
    generate,
    inspect,
    interpolate,
    map,  # noqa: A004
    neighbours,
    push,
    reconstruct,
    train,
)

# In the order of the help.
VERBS: dict[str, ModuleType] = {
    "app": app,
    "inspect": inspect,
    "train": train,
    "evaluate": evaluate,
    "blind": blind,
    "generate": generate,
    "reconstruct": reconstruct,
    "interpolate": interpolate,
    "neighbours": neighbours,
    "encode": encode,
    "decode": decode,
    "map": map,
    "export": export,
    "push": push,
}
