"""Benchmarks of speed and quality, a command each: `python -m benchmarks.speed` and so on.

Every value is measured by the command that prints it, with the machine and the versions beside
it; docs/speed.md says how.
"""
