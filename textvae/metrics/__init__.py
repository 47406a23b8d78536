"""Pure functions on words and arrays; no network is needed to measure with them."""
