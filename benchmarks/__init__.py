"""Benchmarks of speed and quality, one command each, such as `python -m benchmarks.speed`.

Every value is measured by the command that prints it, together with the machine and the
versions; docs/speed.md explains how.
"""
