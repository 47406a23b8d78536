"""Every word that the page shows, so that a translation has one file to replace.

Templates are filled with `str.format`; nothing here is HTML.
"""

TITLE = "textvae"
TAGLINE = "A sentence becomes a point in space. Any point becomes a sentence."
MODEL = "Model"
STATE_LOADING = "loading"
STATE_READY = "ready"
STATE_FAILED = "not loaded"
STATUS_LOADING = "{model} is loading, which takes a few seconds"
STATUS_READY = "{latent_dim} latent units on {device}"
STATUS_FAILED = "{model} could not be loaded"
LOADING = "The model is loading. This fills itself in a few seconds."

NOT_FOUND = "There is no model named “{model}”. Choose one of {names}."
NO_WEIGHTS = (
    "there are no weights under {folder}; train some with `python -m textvae train coco`, or "
    "set TEXTVAE_WEIGHTS to a folder that holds {files}"
)
BAD_WEIGHTS = (
    "TEXTVAE_WEIGHTS is “{value}”, which is neither a shipped model ({names}) nor a folder "
    "that holds {files} nor hf://owner/repo"
)
BAD_REVISION = (
    "TEXTVAE_REVISION is “{value}”, which needs TEXTVAE_WEIGHTS to be hf://owner/repo without "
    "an @revision of its own, not “{weights}”"
)
BAD_PORT = "{name} is “{value}”, which is not a port number from 1 to 65535"
TAKEN_PORT = "port {port} on {host} cannot be used: {reason}"
ADDRESS = "textvae is at {url}"
WENT_WRONG = "Something went wrong (id {id}). It has been logged; please try again."

EMPTY = "Type a caption first, for example “a dog on a beach”."
TOO_LONG = "That is {length} characters long; at most {limit} can be read."
NO_WORDS = (
    "“{text}” holds no word in English letters. Type a caption such as “a dog on a beach”."
)
NOT_TEXT = "A caption must be text, not {value}."
NOT_WHOLE = "{name} must be a whole number from {low} to {high}, not {value}."
NOT_NUMBER = "{name} must be a number from {low:g} to {high:g}, not {value}."
NOT_CHOICE = "{name} must be one of {choices}, not {value}."
NOT_LIST = "{name} must be a list of {low} to {high} {things}, not {value}."
NOT_CODE = "Each point must be a list of {dim} finite numbers; number {row} is not."
MISSING = "nothing"

GENERATE = "Generate"
GENERATE_INTRO = (
    "None of these captions was written by anyone. Each is a random point of the latent space, "
    "read back as words. The same seed gives the same captions again."
)
GENERATE_BUTTON = "Generate"
SEED = "Seed"
DICE = "New seed"
NUM_CAPTIONS = "Captions"
TEMPERATURE = "Temperature"
TEMPERATURE_INFO = "0 takes the likeliest word each time; more is bolder"
TOP_P = "Top-p"
TOP_P_INFO = "less than 1 leaves out unlikely words"
PRIOR = "Points drawn from"
PRIOR_INFO = "fitted: where real captions lie; standard: N(0, I)"
PRIORS = {"fitted": "fitted prior", "standard": "standard normal"}
GENERATE_SUMMARY = "seed {seed} · temperature {temperature:g} · top-p {top_p:g} · {prior}"

RECONSTRUCT = "Reconstruct"
RECONSTRUCT_INTRO = (
    "Your caption is squeezed into one point and written again from that point alone. What "
    "survives is what the space holds."
)
CAPTION = "Your caption"
CAPTION_HINT = "Type a caption and press Enter"
RECONSTRUCT_BUTTON = "Reconstruct"
RECONSTRUCT_EXAMPLES = (
    "a man riding a wave on a surfboard",
    "two elephants standing in a grassy field",
    "a plate of food on a wooden table",
    "a red double decker bus driving down a city street",
)
READ_AS = "Read as"
CAME_BACK = "Came back as"
SAME = "Every word came back."
DIFFERENT = "{kept} of {total} words came back."
UNKNOWN = "The model does not know “{word}”."
UNKNOWN_NEAREST = "The model does not know “{word}”. Use the nearest that it knows:"
SHORTENED = "Shortened to the first {max_length} words, the most that this model reads."
DRAWS = "Nearby readings"
DRAWS_INFO = "The encoder gives a cloud, not a point. These start from random places in it."
POSTERIOR = "The cloud, unit by unit"
POSTERIOR_INFO = (
    "{active} of {total} units say something about this caption; together {kl:.1f} nats."
)
POSTERIOR_AXIS = "latent units, most informative first"
POSTERIOR_SCALE = "μ ± σ; the band is the prior's"
POSTERIOR_HOVER = "unit %{customdata[0]}<br>μ %{y:.2f} ± %{customdata[1]:.2f}"
POSTERIOR_HOVER_KL = "<br>KL %{customdata[2]:.2f} nats<extra></extra>"

INTERPOLATE = "Interpolate"
INTERPOLATE_INTRO = (
    "Two captions are two points. Walk from one to the other and read the sentences on the way."
)
FIRST = "From"
LAST = "To"
SWAP = "Swap"
STEPS = "Steps"
PATH = "Path"
PATHS = {"linear": "straight", "spherical": "spherical"}
INTERPOLATE_BUTTON = "Interpolate"
INTERPOLATE_EXAMPLES = (
    ("a man riding a wave on a surfboard", "a plate of food on a wooden table"),
    ("a cat sleeping on a bed", "an elephant standing in the water"),
    ("a train on the tracks", "a group of people flying kites on a beach"),
)
ARROW = "{first} → {last}"
POSITION = "Position along the path"
DRAG = "Drag to walk along the path"
CHANGES = "{count} sentences on the way"
INTERPOLATE_SUMMARY = "{steps} steps · {path} path · words new to a line are underlined"

EXAMPLES = "Try"
COPY = "Copy"
COPIED = "Copied"
COPY_ALL = "Copy all"
COPY_LINK = "Copy link"
SAVE_JSON = "Save JSON"
SAVE_CSV = "Save CSV"
TO_RECONSTRUCT = "Reconstruct"
TO_FIRST = "From"
TO_LAST = "To"
OF_CAPTION = "“{caption}”"
TO_FIRST_LABEL = "“{caption}”, as the start of a path"
TO_LAST_LABEL = "“{caption}”, as the end of a path"
