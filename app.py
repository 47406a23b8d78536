"""The page, as `textvae app` starts it: `python app.py`, and what a Hugging Face Space runs."""

import sys

from textvae.cli.main import main

if __name__ == "__main__":
    main(["app", *sys.argv[1:]])
