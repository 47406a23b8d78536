"""The command line: `textvae VERB`."""
