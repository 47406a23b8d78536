"""`python -m textvae VERB`, which is the same as `textvae VERB`."""

from textvae.cli.main import main

if __name__ == "__main__":
    main()
