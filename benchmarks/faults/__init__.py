"""Tries to break the guarantees in docs/reliability.md, and counts successful tries.

    python -m benchmarks.faults PART [PART ...]

Each part is a function in a module of this package, named in `__main__.PARTS`. It takes a `Try`
and returns rows of the table; it uses real processes, signals and files.
"""
