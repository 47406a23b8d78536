"""From a recipe and captions to a weights folder."""
