"""Readers of captions files, one module per format; `registry` chooses among them."""
