"""From codes to token ids: the compiled loop, sampling and the fitted prior."""
