"""The weights folder: written whole, read whole."""
