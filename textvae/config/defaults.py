"""Defaults shared by the Python interface, the commands, the endpoints and the page."""

WEIGHTS = "coco"
DEVICE = "auto"
NUM_CAPTIONS = 5
NUM_STEPS = 7  # of an interpolation, including both ends; metrics name it
GRID_SIZE = 7  # rows and columns of a grid
NUM_DRAWS = 3  # from the posterior of a reconstructed caption
PATH = "linear"
TEMPERATURE = 0.7  # how varied the wording of a scene is
TOP_P = 1.0
PRIORS = ("scene", "standard")  # to draw codes from; see `Pipeline.generate`
