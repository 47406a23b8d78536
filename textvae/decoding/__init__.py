"""From codes to token ids: the compiled loop, and sampling."""
