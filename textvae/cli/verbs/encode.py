"""Write the points of captions as an array."""

import argparse
import io
import logging

from textvae.cli.arguments import Parser, add_weights
from textvae.cli.models import load_model, prepare_captions
from textvae.cli.reading import read_lines
from textvae.cli.writing import write_output

EXAMPLE = "{prog} --file captions.txt --output z.npy"
log = logging.getLogger(__name__)


def add_arguments(parser: Parser) -> None:
    """Where captions come from and where codes go."""
    add_weights(parser)
    add = parser.add_argument
    add(
        "--file",
        required=True,
        metavar="FILE|-",
        help="one caption per line, all of which the model can read; - is standard input",
    )
    add(
        "--output",
        required=True,
        metavar="Z.npy|-",
        help="float32 [N, D], the posterior means; - is standard output",
    )


def run(arguments: argparse.Namespace) -> None:
    """Write the posterior means, `[N, D]` float32, as a `.npy` file.

    A line that the model cannot read has no code, and leaving it out would shift the rows below
    it, so it is refused.
    """
    import numpy as np

    captions = read_lines(arguments.file)
    vae = load_model(arguments.weights, arguments.device)
    codes, data = vae.encode(prepare_captions(vae, captions)), io.BytesIO()
    np.save(data, codes)
    write_output(arguments.output, data.getvalue())
    log.info("%s: %s codes of %d units", arguments.output, f"{len(codes):,}", codes.shape[1])
