"""Pure functions on words and arrays; they know nothing of networks."""
