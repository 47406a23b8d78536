"""Defaults shared by the Python interface, the commands, the endpoints and the page."""

WEIGHTS = "coco"
DEVICE = "auto"
NUM_CAPTIONS = 5
NUM_STEPS = 7  # of an interpolation, both ends included; metrics name it
GRID_SIZE = 7  # cells in a row of a grid, and rows
NUM_DRAWS = 3  # of the posterior of a caption that is read back
PATH = "linear"
TEMPERATURE = 0.7  # how boldly a scene is worded
TOP_P = 1.0
PRIORS = ("scene", "standard")  # what codes are drawn from; see `Pipeline.generate`
