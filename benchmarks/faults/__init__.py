"""Tries to break what docs/reliability.md promises, and counts the tries that did.

    python -m benchmarks.faults PART [PART ...]

Each part is a function in a module of this package, named in `__main__.PARTS`. It takes a `Try`
and gives rows of the table; it uses the real thing, such as processes, signals and files.
"""
