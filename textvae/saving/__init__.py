"""The weights folder, read and written as a whole."""
