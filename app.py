"""Starts the page like `textvae app`: for `python app.py` and for a Hugging Face Space."""

import sys

from textvae.cli.main import main

if __name__ == "__main__":
    main(["app", *sys.argv[1:]])
