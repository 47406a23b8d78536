"""Pure functions on words and arrays, independent of networks."""
