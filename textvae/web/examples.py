"""COCO captions that the page starts with and offers; other models have their own."""

SEED = 12  # of the first generated captions on the page
ROUND_TRIP = "a dog on a beach"  # on the About tab
CAPTIONS = (
    "two dogs playing with a frisbee on a beach",
    "a man riding a wave on a surfboard",
    "a plate of food on a wooden table",
    "a red double decker bus driving down a city street",
)
OF_CATEGORY = {  # of models of the captions of one category, in place of all others
    "elephant": (
        "an elephant standing in a field",
        "an elephant standing in the water",
        "two elephants standing in the water",  # the first, less the second, plus this one
        "a man riding on the back of an elephant",
        "a baby elephant walking next to its mother",
        "an elephant standing near a fence in a zoo",
    ),
}
PAIRS = (  # to interpolate between
    ("a man riding a horse on a beach", "a group of people on skis in the snow"),
    (
        "a red and white train traveling down the tracks near a station",
        "a group of people flying colorful kites on a sandy beach",
    ),
    (
        "a brown dog running along the beach with a frisbee",
        "a black cat sleeping on a bed next to a window",
    ),
)
GRID = (  # top left, top right, bottom left, bottom right
    "a dog running on a beach",
    "a cat sleeping on a bed",
    "a man riding a wave on a surfboard",
    "a plate of food on a wooden table",
)
SUMS = (  # A, B and C of A - B + C; those that work with a model are shown
    ("a man riding a wave on a surfboard", "a man", "a woman"),
    ("a dog sitting on a couch", "a dog", "a cat"),
    (
        "a city street with cars during the day",
        "a train station during the day",
        "a train station at night",
    ),
    (
        "a bird sitting on a branch",
        "a bird flying in the sky",
        "two birds flying in the sky",
    ),
    ("a red bus on a city street", "a red car", "a blue car"),
    (
        "a herd of sheep grazing in a field",
        "a flock of sheep on a road",
        "a herd of cows on a road",
    ),
    (
        "a small dog laying on a couch",
        "a small boat in the water",
        "a large boat in the water",
    ),
    ("a man standing on a beach", "a man standing on a street", "a man standing in the snow"),
    (
        "an elephant standing in a field",
        "an elephant standing in the water",
        "two elephants standing in the water",
    ),
    (
        "an elephant walking in the water",
        "an elephant standing near a fence",
        "a baby elephant standing near a fence",
    ),
    (
        "an elephant standing in a field",
        "a man standing next to an elephant",
        "a man riding on an elephant",
    ),
    (
        "a herd of elephants standing in the water",
        "an elephant standing in a field",
        "an elephant walking in a field",
    ),
)
