"""Settings that are checked when they are made, and the recipes that name them."""
