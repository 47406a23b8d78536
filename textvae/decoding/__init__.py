"""From codes to token ids: the compiled decoding loops, and sampling."""
