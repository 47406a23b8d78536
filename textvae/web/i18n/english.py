"""Every word that the page shows, in English; `strings_zh` has the same names in Chinese.

Templates are filled with `str.format`; nothing here is HTML. The page takes its words from
`language.say`, which knows who is asking.
"""

LANGUAGE_TAG = "en"
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
LANGUAGE_MODEL = (
    "“{model}” is a language model, which has no space to look at; choose the weights of a VAE"
)
NO_WEIGHTS = (
    "there are no weights under {folder}; train some with `python -m textvae train coco`, or "
    "set TEXTVAE_WEIGHTS to a folder that holds {files}"
)
BAD_WEIGHTS = (
    "no weights “{value}”: neither a shipped model ({names}) nor a folder that holds {files} "
    "nor hf://owner/repo"
)
BAD_REVISION = (
    "TEXTVAE_REVISION is “{value}”, which needs TEXTVAE_WEIGHTS to be hf://owner/repo without "
    "an @revision of its own, not “{weights}”"
)
BAD_PORT = "{name} is “{value}”, which is not a port number from 1 to 65535"
TAKEN_PORT = "port {port} on {host} cannot be used: {reason}"
ADDRESS = "textvae is at {url}"
AGENTS = "agents are answered at {url}gradio_api/mcp/"
WENT_WRONG = "Something went wrong (id {id}). It has been logged; please try again."

BUSY = "Many people are here just now, and the line is full. Please try again in a few seconds."

EMPTY = "Type a caption first, for example “a dog on a beach”."
TOO_LONG = "That is {length} characters long; at most {limit} can be read."
NO_WORDS = (
    "“{text}” holds no word in English letters. Type a caption such as “a dog on a beach”."
)
NO_KNOWN_WORDS = (
    "The model knows none of the words in “{text}”. It was trained on English captions such as "
    "“a dog on a beach”."
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
NEW_SEED = "New seed"
NUM_CAPTIONS = "Captions"
TEMPERATURE = "Temperature"
TEMPERATURE_INFO = "0 takes the likeliest word each time; more is bolder"
TOP_P = "Top-p"
TOP_P_INFO = "less than 1 leaves out unlikely words"
PRIOR = "Points drawn from"
PRIOR_INFO = "fitted: where real captions lie; standard: N(0, I)"
PRIORS = {"fitted": "fitted prior", "standard": "standard normal"}
WORDS = "Show how sure the model was of each word"
WORDS_LEGEND = "How sure the model was of a word, given its point and the words before it:"
WORDS_LEVELS = ("below 10%", "10 to 50%", "50 to 90%", "90% or more")
WORDS_UNSURE = "less sure of {words}"
WORDS_SURE = "sure of every word"
WORD_PERCENT = "{word} {percent}%"
IN_TRAINING_DATA = "in the training data"
IN_TRAINING_DATA_COUNT = "Word for word in the training data: {count} of {total}."
GENERATE_SUMMARY = "seed {seed} · temperature {temperature:g} · top-p {top_p:g} · {prior}"

RECONSTRUCT = "Reconstruct"
RECONSTRUCT_INTRO = (
    "Your caption is squeezed into one point and written again from that point alone. What "
    "survives is what the space holds."
)
CAPTION = "Your caption"
CAPTION_HINT = "Type a caption and press Enter"
RECONSTRUCT_BUTTON = "Reconstruct"
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
ARROW = "{first} → {last}"
POSITION = "Position along the path"
DRAG = "Drag to walk along the path"
CAPTIONS_ON_PATH = "{count} sentences on the way"
INTERPOLATE_SUMMARY = "{steps} steps · {path} path · words new to a line are underlined"
PATH_ON_MAP = "The path on the map, from “{first}” to “{last}”; the mark follows the slider"

MAP = "Map"
MAP_INTRO = (
    "Each dot is a caption that the model made up, at its own point of the space, seen from "
    "the side on which kinds of scene lie furthest apart. Between the dots there are "
    "sentences, too: click or drag anywhere to read what is said there."
)
MAP_LABEL = (
    "Map of captions. Arrow keys move a cross and tell the caption beside it, with Shift in "
    "large steps; Enter reads the place under it; plus and minus zoom, 0 shows the whole map."
)
MAP_KEYS = "Drag to read, turn the wheel to zoom; arrow keys, Enter, + and − do the same."
MAP_SEARCH = "Find words in the captions"
MAP_HINT = "Find words, such as: dog"
MAP_FOUND = "{count} of {total} captions"
MAP_NONE = "No caption on the map has these words."
MAP_KINDS = "Show only these kinds"
MAP_WAIT = "The map appears as soon as the model is there."
MAP_BUILDING = (
    "These weights come without a map, so the model is making {total} captions for a small "
    "one: {done} so far."
)
MAP_FAILED = "The map could not be had. Please try again."
NOT_PLACE = "“{value}” is no place on the map; one is written as 1.5,-0.25."
NO_MAP = "There is no map of “{model}” yet; open the Map tab first."
ZOOM_IN = "Zoom in"
ZOOM_OUT = "Zoom out"
ZOOM_WHOLE = "Show the whole map"
ZOOM_MOVE = "Drag to move the map"
KINDS = {
    "ball": "Ball games",
    "boards": "Waves, wheels and snow",
    "animals": "Wild and farm animals",
    "pets": "Cats and dogs",
    "food": "Food",
    "kitchen": "Kitchen and bathroom",
    "rooms": "Rooms and desks",
    "street": "Streets and travel",
    "water": "Water",
    "land": "Fields and trees",
    "people": "People",
    "enclosure": "Enclosures",
    "family": "Young and old",
    "other": "Other",
}
MAP_HERE = "At this place"
UNITS = "Turn one number of the code"
UNITS_INFO = "These differ most between captions. At their ends stand words that go with them."
UNIT = "Unit {number}, from {low} to {high}"
RESET = "Put back"
SUM = "Arithmetic with captions"
SUM_INFO = (
    "A caption is a list of numbers, and numbers can be added up. The examples are those of a "
    "list of ours that come out right with this model; by no means all sums do."
)
START = "Take"
MINUS = "minus"
PLUS = "plus"
SUM_BUTTON = "Add up"
SUM_RESULT = "Comes out as"
SUM_NEAR = "Nearest on the map"
SUM_SUMMARY = "words that “{start}” does not have are underlined"
SUM_LABEL = "On the map: A “{start}”, B “{minus}”, C “{plus}”, and A − B + C"

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

HISTORY = "History"
HISTORY_TITLE = "Made in this visit"
HISTORY_INFO = "The newest {limit} results. They are kept in this browser tab and nowhere else."
HISTORY_EMPTY = "Nothing yet."
MORE_CAPTIONS = "and {count} more"
OPEN_AGAIN = "Open again"
CLEAR = "Clear"
CLEARED = "The history is empty."
CLOSE = "Close"

ABOUT = "About"
ABOUT_WHAT = "What you are looking at"
ABOUT_TEXT = (
    "A model has read many captions and learned one thing: to squeeze a sentence into a point, "
    "which is nothing but a list of numbers, and to write the sentence again from these "
    "numbers alone. Sentences that say similar things get points near each other. So the "
    "places between them have sentences, too, and the other tabs let you go there. Such a "
    "model is called a variational autoencoder."
)
ABOUT_READS = "It reads"
ABOUT_POINT = "A point: {latent_dim} numbers"
ABOUT_WRITES = "It writes"
ABOUT_STRIP = "{latent_dim} bars, one a number, from {low:.1f} to {high:.1f}"
ABOUT_MODEL = "The model “{model}”"
ABOUT_FACTS = {
    "latent_dim": "numbers in a point",
    "vocab_size": "words it knows",
    "max_length": "words in its longest caption",
    "num_parameters": "weights",
    "train": "captions it was trained on",
    "minutes": "minutes of training",
    "finished": "finished",
}
ABOUT_CATEGORY = "Of images that show: {category}."
ABOUT_FROM = "It began from the weights of “{source}”."
ABOUT_MEASURED = "How good it is"
ABOUT_MEASURED_ON = (
    "Measured on {count:,} captions that it was not trained on: they only chose the best pass. "
    "Point at a figure, or move to it with the Tab key, to read what it means."
)
ABOUT_NOT_MEASURED = "The report of this model has no figures."
ABOUT_ALL = "All figures and what they mean"
ABOUT_METRIC = "figure"
ABOUT_VALUE = "value"
ABOUT_MEANING = "what it is"
ABOUT_OF = "{value} of {total}"
ABOUT_STD = "{value} ± {std}"
ABOUT_LABELS = {
    "reconstruction_exact": "of captions come back word for word",
    "reconstruction_bleu4": "BLEU-4: how like the rest is, at most 1",
    "nll": "nats to write a caption from its point",
    "kl": "nats that a point tells",
    "active_units": "numbers of a point are in use",
}
ABOUT_CURVES = "How it was trained"
ABOUT_CURVES_INFO = (
    "A pass is one reading of all training captions. After {epochs} passes the validation "
    "captions cost {nll:.1f} nats to write from their points (nll), and their points tell "
    "{kl:.1f} nats (kl). The weights are those of pass {best}."
)
ABOUT_NO_CURVES = "The report of this model has no history of its training."
CURVES = {
    "nll": "nll, nats",
    "kl": "kl, nats",
    "loss": "loss, nats",
    "active_units": "active units",
}
CURVE_EPOCH = "pass"
CURVE_TRAINING = "training"
CURVE_VALIDATION = "validation"
ABOUT_LIMITS = "What it cannot do"
LIMITS = (
    "It writes short English captions in lower case, one sentence each, and nothing else.",
    "A word that it has not learned is lost to it; the page names such words.",
    "A point holds the gist of a sentence: objects, numbers and colours may come back swapped.",
    "It has seen no picture and does not know whether a caption is true.",
    "What it writes is for exploring, not for decisions about people.",
)
LIMITS_COCO = (
    "Its captions are of everyday photographs: sport, kitchens, streets and animals come "
    "easily, little else does.",
    "They show people unevenly, men more often than women and in stereotyped company (Zhao et "
    "al. 2017, Hendricks et al. 2018). The model repeats this and may sharpen it.",
)
LIMITS_OTHER = ("It repeats the habits and the prejudices of the lines it was trained on.",)
ABOUT_DATA = "Data and licence"
DATA_COCO = (
    "Trained on captions of MS COCO, which people wrote under photographs (Lin et al. 2014, "
    "Chen et al. 2015): by the COCO Consortium, under CC BY 4.0. The weights hold none of "
    "these captions and are under the MIT licence, as is the code."
)
DATA_OTHER = (
    "Trained on lines whose source and licence whoever trained this model knows. The code is "
    "under the MIT licence."
)
DATA_COUNTS = (
    "{train:,} captions to train on and {validation:,} to validate on; no picture is on both "
    "sides."
)
DATA_FILTER = (
    "The mark “in the training data” comes from a filter that holds no text. It knows every "
    "training caption, and mistakes about {count:.1g} in 10,000 others for one."
)
CARD = "The whole model card (in English)"
DEFINITIONS: dict[str, str] = {}  # in English those of textvae.metrics.definitions
