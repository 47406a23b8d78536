"""`python -m textvae VERB`, the same as `textvae VERB`."""

from textvae.cli.main import main

if __name__ == "__main__":
    main(prog="python -m textvae")
