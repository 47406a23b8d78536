"""Readers of captions files, one module a format; `registry` chooses by the file's name."""
