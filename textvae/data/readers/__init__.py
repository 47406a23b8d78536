"""Readers of captions files, one module per format, chosen by `registry`."""
