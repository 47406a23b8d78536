"""Every string of the page in English; `chinese` translates them under the same names.

Templates are filled with `str.format`, and no string contains HTML. The page takes them from
`language.strings`, which uses the language of the request, and says "lines" for a model whose
texts are not captions. Texts that stay when another model is chosen say "sentences".
"""

from textvae.metrics import definitions

LANGUAGE_TAG = "en"
TITLE = "textvae"
TAGLINE = "Type a sentence, change one thing in it, and find its neighbours on a map."
MODEL = "Model"
MODELS = {
    "coco": "Photo captions",
    "elephant": "Elephants",
    "article": "The article’s model",
    "poems": "Tang poems (in Chinese)",
}
MODEL_LINES = {  # "" is for all others
    "coco": "trained on {count:,} captions of everyday photographs",
    "elephant": "trained on captions of all kinds, then {count:,} of photos with elephants",
    "article": "a small model from an article; trained on {count:,} elephant captions",
    "poems": "trained on {count:,} couplets of Tang poems, in traditional Chinese",
    "": "trained on {count:,} lines",
}
STATE_LOADING = "loading"
STATE_READY = "ready"
STATE_FAILED = "could not load"
STATUS_LOADING = "{model}, which takes a few seconds"
STATUS_READY = "{latent_dim} numbers per sentence, on {device}"
STATUS_UNFINISHED = "; its training has not ended, so its sentences are worse than they will be"
STATUS_IDLE = " (not in use: {devices})"
OFFLINE = "You are offline. What is on the page stays; new results need a connection."
SERVER_GONE = "The server does not answer. The page tries again every few seconds."
SKIP = "Skip to the tabs"
SLIDER = {  # what Gradio calls the parts of a slider
    "number": "number input for {name}",
    "range": "range slider for {name}",
    "reset": "Reset to default value",
}
LOADING = "The model is loading. Results will appear in a few seconds."

NOT_FOUND = "There is no model named “{model}”. Choose one of {names}."
LANGUAGE_MODEL = (
    "“{model}” is a language model, which has no latent space; choose the weights of a VAE"
)
NO_WEIGHTS = (
    "no weights found in {folder}; train some with `textvae train coco`, or give a folder that "
    "contains {files} with --weights"
)
BAD_WEIGHTS = (
    "no weights “{value}”: neither a shipped model ({names}) nor a folder that contains "
    "{files} nor hf://owner/repo"
)
BAD_REVISION = (
    "TEXTVAE_REVISION is “{value}”, but TEXTVAE_WEIGHTS is “{weights}”; a revision needs "
    "hf://owner/repo there, without an @revision of its own"
)
BAD_PORT = "{name} is “{value}”, which is not a port number from 1 to 65535"
BAD_URL = "{name} is “{value}”, which is not a URL such as https://example.org"
BAD_DRAIN = "{name} is “{value}”, which is not a number of seconds from 0 to 3600"
TAKEN_PORT = "cannot listen on port {port} of {host}: {reason}; give another --host or --port"
ADDRESS = "textvae is running at {url}"
MCP_SERVER = "MCP server at {url}gradio_api/mcp/"
WENT_WRONG = "Something went wrong (id {id}). It has been logged; please try again."

ENDING = "The page is restarting. Please try again in a minute."
ENDING_SOON = (
    "ending; requests in progress have {seconds:g} seconds (a second signal ends the page now)"
)
TOLD = "requests rejected with 'try again later': {count}"
NO_ADDRESS = "There is no such address on this page."
NO_METHOD = "This address takes {methods}."
NOT_JSON_TYPE = "Send JSON, with the header Content-Type: application/json."
NOT_JSON = "The body is not JSON."
TOO_DEEP = "The body nests lists or objects more than {limit} deep."
HALF_CHARACTER = "The body contains an unpaired surrogate."
NOT_A_NUMBER = "The body contains a number that is not finite or needs more than 64 bits."
TOO_LARGE = "The body is longer than {limit} bytes, the most that this page takes."
TOO_SLOW = "The body did not arrive within {seconds} seconds."
MALFORMED = "Parts of the request have the wrong type."
NOT_AN_OBJECT = "The body must be a JSON object."
NO_DATA = "The body must have “data”, a list of the arguments."
NO_ENDPOINT = "There is no endpoint “{name}”; there are {names}."
NO_ARGUMENT = "{name} has no argument “{argument}”; it takes {names}."
NEEDS_ARGUMENT = "{name} needs the argument “{argument}”."
TOO_MANY = "{name} takes at most {limit} arguments; got {count}."
NO_EVENT = "There is no event {number} on this page."
NO_CONTROL = "There is no control {number} on this page that accepts this."
NOT_A_MESSAGE = "Send one JSON-RPC 2.0 message, with a “method” and, as “params”, an object."
NOT_A_TOOL = "tools/call needs “name”, the name of a tool, and “arguments”, an object."
NO_ANSWER = "There is no such request, or its answer has been fetched."
WRONG_COUNT = "The event takes a list of {count} values."
NOT_A_SESSION = "The name of a session or an event has 1 to 64 letters, digits, _ or -."
NO_OBJECT = "{argument} must not be an object."
NOT_FOR_CONTROL = "A control on the page was sent a value that it cannot have."
NOT_FLAG = "{name} must be true or false; got {value}."

TOO_MANY_VALUES = "The body holds too many values."
UNFETCHED = "Many answers wait for this session; fetch them before asking for more."
BUSY = "The server is busy and the queue is full. Please try again in a few seconds."

EMPTY = "Type a line in the language of the model first."
TOO_LONG = "The text is {length} characters long; the limit is {limit}."
UNREADABLE = (
    "The model knows none of the words in “{text}”. Type a line in the language of the model."
)
UNREADABLE_SUCH_AS = (
    "The model knows none of the words in “{text}”. Type a line in the language of the model, "
    "such as “{example}”."
)
NOT_TEXT = "A caption must be text; got {value}."
NOT_WHOLE = "{name} must be a whole number from {low} to {high}; got {value}."
NOT_NUMBER = "{name} must be a number from {low:g} to {high:g}; got {value}."
NOT_CHOICE = "{name} must be one of {choices}; got {value}."
NOT_LIST = "{name} must be a list of {low} to {high} {things}; got {value}."
NOT_CODE = "Each point must be a list of {dim} finite numbers; point {row} is not."
MISSING = "nothing"

GENERATE = "Made up"
GENERATE_INTRO = (
    "The model makes these up, each from random numbers alone; the same seed gives the same "
    "ones again."
)
NEW_SEED = "Write new ones"
GENERATE_BUTTON = "Write with this seed"
SEED = "Seed"
SEED_INFO = "the same seed gives the same sentences again"
SETTINGS = "Settings"
NUM_CAPTIONS = "How many"
TEMPERATURE = "Wording"
TEMPERATURE_INFO = "from careful (0) to bold (2)"
WORDS = "Show how sure the model was of each word"
WORDS_LEGEND = "Probability of each word, given everything before it:"
WORDS_LEVELS = ("below 10%", "10 to 50%", "50 to 90%", "90% or more")
WORDS_UNSURE = "less sure of {words}"
WORDS_SURE = "sure of every word"
WORD_PERCENT = "{word} {percent}%"
IN_TRAINING_DATA = "in the training data"
IN_TRAINING_DATA_COUNT = "Word for word in the training data: {count} of {total}."
GENERATE_SUMMARY = "seed {seed} · wording {temperature:g}"

RECONSTRUCT = "Your words"
RECONSTRUCT_INTRO = (
    "A network has read many sentences and given each a place in a space, where those that "
    "say nearly the same thing lie side by side. Type one of your own: it becomes a point, and "
    "is written again from that point alone."
)
CAPTION = "Your words"
CAPTION_HINT = "Type a sentence and press Enter"
RECONSTRUCT_BUTTON = "Read it"
READ_AS = "As read"
CAME_BACK = "Written again"
SAME = "Every word came back."
SAME_CHARACTERS = "Every character came back."
DIFFERENT = "Words that came back: {kept} of {total}."
DIFFERENT_CHARACTERS = "Characters that came back: {kept} of {total}."
NEAR = "Nearest to it"
NEAR_INFO = "on the map, with their distances in the space"
OTHERWISE = "In other words"
OTHERWISE_INFO = "other sentences of about the same scene"
REWORD = "Other wordings"
TOWARDS = "Change one thing"
TOWARDS_INFO = (
    "Drag a slider to change one thing in what you typed. The share beside each is measured: "
    "of {tried} other sentences, how many showed the change and kept the rest."
)
SPAN = "{least} to {most}"
TOWARDS_LABELS = "Move it to another label"
TOWARDS_LABELS_INFO = (
    "Each slider moves it towards one label. The share beside it is measured: of unseen "
    "lines with another label, how many show this one once they are moved."
)
TOWARDS_ONE = "Move it towards “{name}”, {share}"
KEPT = "works {share:.0%} of the time"
DIRECTIONS = {
    "woman": "a woman",
    "man": "a man",
    "several": "two of them",
    "cat": "a cat",
    "dog": "a dog",
    "elephant": "an elephant",
    "night": "at night",
    "snow": "in the snow",
    "beach": "on the beach",
    "street": "on a street",
    "indoors": "in a living room",
    "red": "red",
    "blue": "blue",
    "black": "black",
    "white": "white",
    "large": "large",
    "small": "small",
    "standing": "standing",
    "sitting": "sitting",
    "old": "old",
}
WRITTEN = "Written by the model alone"
WRITTEN_INFO = "captions that it made up"
INSIDE = "For the curious: the numbers behind it"
WORDING_SEED = "Seed of the other wordings"
SAME_OF_READ = "All that was read came back."
LEFT_OUT = "Not read: {things}."
PUNCTUATION = "punctuation"
QUOTED = "“{text}”"
AND_SO_ON = ", "
UNKNOWN = "The model does not know “{word}”."
UNKNOWN_NEAREST = "The model does not know “{word}”. Use the closest word it knows:"
SHORTENED = {  # by the unit of the length of a line
    "words": "Shortened to the first {max_length} words, the most this model can read.",
    "pieces": "Shortened to the first {max_length} pieces of text, the most this model can "
    "read.",
    "tokens": "Shortened to the first {max_length} tokens, the most this model can read.",
}
DRAWS = "Decoded from nearby points"
DRAWS_INFO = "The encoder returns a distribution, not a point. These are samples from it."
POSTERIOR = "The posterior, unit by unit"
POSTERIOR_INFO = (
    "Units that carry information about this caption: {active} of {total}; {kl:.1f} nats in "
    "total."
)
POSTERIOR_AXIS = "latent units, most informative first"
POSTERIOR_SCALE = "μ ± σ (band: prior)"
POSTERIOR_HOVER = "unit %{customdata[0]}<br>μ %{y:.2f} ± %{customdata[1]:.2f}"
POSTERIOR_HOVER_KL = "<br>KL %{customdata[2]:.2f} nats<extra></extra>"

INTERPOLATE = "Between two"
INTERPOLATE_INTRO = (
    "Two sentences are two points. Follow the path from one to the other and read what lies "
    "along it."
)
FIRST = "From"
LAST = "To"
SWAP = "Swap"
STEPS = "Steps"
PATH = "Path"
PATHS = {"linear": "linear", "spherical": "spherical"}
INTERPOLATE_BUTTON = "Show the path"
ARROW = "{first} → {last}"
POSITION = "Position along the path"
DRAG = "Drag to move along the path"
CAPTIONS_ON_PATH = "distinct captions on the path: {count}"
INTERPOLATE_SUMMARY = "{steps} steps · {path} path · new words are underlined"
PATH_ON_MAP = "The path on the map, from “{first}” to “{last}”; the marker follows the slider"

GRID = "Grid"
GRID_INTRO = (
    "Four sentences stand in the corners. Each cell between them is read from a blend of the "
    "four: cells closer to a corner resemble it more."
)
GRID_BUTTON = "Fill the grid"
GRID_OTHERS = "four others, made up by the model"
GRID_LABEL = "Captions between four; the arrow keys go from one to the next"
GRID_SUMMARY = "{size} × {size} cells · distinct captions: {different}"
CORNERS = ("Top left", "Top right", "Bottom left", "Bottom right")
PLAY = "Play"
STOP = "Stop"

MAP = "Map"
MAP_INTRO = (
    "Each dot is a sentence that the model made up, and dots that are close say nearly the "
    "same. Find one of your own among them, or pick any place to read what is there."
)
MAP_SENTENCE = "A sentence to find on the map"
MAP_FIND = "Find it"
MAP_LABEL = (
    "Map of sentences. The arrow keys move a cursor and announce the sentence nearest to it, "
    "with Shift in large steps; Enter decodes the point under it; plus and minus zoom, 0 shows "
    "the whole map."
)
MAP_KEYS = "Drag to read, scroll to zoom; or use the arrow keys, Enter, + and −."
MAP_SEARCH = "Search the map"
MAP_HINT = "Search for a word"
MAP_FOUND = "{count} of {total} dots"
MAP_NONE = "No sentence on the map contains these words."
MAP_KINDS = "Show only these kinds"
MAP_WAIT = "The map appears once the model is loaded."
MAP_BUILDING = (
    "These weights have no map, so the model is writing {total} sentences for a small one: "
    "{done} so far."
)
MAP_FAILED = "The map could not be loaded. Please try again."
MAP_UNANSWERED = "There was no answer. Please try again."
NOT_PLACE = "“{value}” is not a valid map location; use x,y, for example 1.5,-0.25."
NO_MAP = "“{model}” has no map yet; open the Map tab first."
NO_MAP_POSSIBLE = (
    "No map can be made of what “{model}” writes: that takes codes of two numbers or more, and "
    "sentences that are not in the training data."
)
ZOOM_IN = "Zoom in"
ZOOM_OUT = "Zoom out"
ZOOM_WHOLE = "Show the whole map"
ZOOM_MOVE = "Drag to move the map"
KINDS = {
    "ball": "Ball games",
    "boards": "Surf, skate and ski",
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
NEAR_SPACE = "Nearest in the space"
NEAR_SPACE_INFO = "with their distances"
NEAR_PLANE = "Nearest on the map"
MAP_BOTH = "in both lists"
MAP_ALSO = "In the most probable words:"
MAP_BETWEEN = "Between dots, a blend of the nearest four"
MAP_DOT = "On this dot"
MAP_YOURS = "Your words lie here"
MAP_KEPT = (
    "Of the {count} dots nearest to a dot, about {share:.0f} are among the {count} nearest in "
    "the space itself (trustworthiness {trust:.2f} of 1): a flat map cannot keep them all."
)
SUM = "Arithmetic"
SUM_INTRO = (
    "A sentence is a list of numbers here, so sentences can be added and subtracted: take one, "
    "minus a second, plus a third. Only examples that come out right with this model "
    "are offered; many other sums do not."
)
START = "Take A"
MINUS = "minus B"
PLUS = "plus C"
SUM_BUTTON = "Compute"
SUM_RESULT = "Result"
SUM_NEAR = "Nearest captions on the map"
SUM_SUMMARY = "words not in “{start}” are underlined"
SUM_LABEL = "On the map: A “{start}”, B “{minus}”, C “{plus}”, and A − B + C"

EXAMPLES = "Try"
COPY = "Copy"
COPIED = "Copied"
COPY_ALL = "Copy as text"
COPY_LINK = "Copy link"
SAVE_JSON = "Save JSON"
SAVE_CSV = "Save CSV"
SAVE = "Save"
SAVES = {
    "png": "as a picture (PNG)",
    "svg": "as a picture (SVG)",
    "json": "as data (JSON)",
    "csv": "as a table (CSV)",
}
NO_PICTURE = "This server does not draw pictures."
PICTURE_FAILED = "The picture could not be drawn. Please try again."
USE = "Use it"
USES = {
    "caption": "as your words",
    "pin": "on the map",
    "first": "as the start of a path",
    "last": "as the end of a path",
    "top_left": "in a grid",
    "start": "in a sum",
}
OF_CAPTION = "“{caption}”"

HISTORY = "History"
HISTORY_TITLE = "Results of this visit"
HISTORY_INFO = "The latest {limit} results, kept in this browser tab only."
HISTORY_EMPTY = "No results yet."
MORE_CAPTIONS = "and {count} more"
OPEN_AGAIN = "Open again"
CLEAR = "Clear"
CLEARED = "History cleared."
CLOSE = "Close"

ABOUT = "About"
ABOUT_WHAT = "What you are looking at"
ABOUT_TEXT = (
    "A model has read many captions and learned one task: to compress a sentence into a code, "
    "the list of numbers that places it as a point in space, and to write the sentence again "
    "from its code alone. Sentences with similar meanings get nearby points, so the points "
    "between them decode to sentences too, and the other tabs let you explore them. Such a "
    "model is called a variational autoencoder."
)
ABOUT_READS = "It reads"
ABOUT_POINT = "A code: {latent_dim} numbers"
ABOUT_WRITES = "It writes"
ABOUT_STRIP = "{latent_dim} bars, one per number, from {low:.1f} to {high:.1f}"
ABOUT_MODEL = "The model “{model}”"
ABOUT_FACTS = {
    "latent_dim": "latent units",
    "vocab_size": "words in its vocabulary",
    "max_length": "words per caption, at most",
    "num_parameters": "parameters",
    "train": "training captions",
    "minutes": "minutes of training",
    "finished": "training finished",
}
ABOUT_FACTS_OF_PIECES = {  # of a model whose vocabulary has parts of words and characters
    "vocab_size": "pieces of text in its vocabulary",
    "max_length": "pieces per caption, at most",
}
ABOUT_CATEGORY = "Trained on captions of images that show: {category}."
ABOUT_FROM = (
    "Training started from the weights of “{source}”; the time spent on those is not included."
)
ABOUT_FROM_COUNTED = (
    "Training started from the weights of “{source}”; the time spent on those is included."
)
ABOUT_MEASURED = "How well it works"
ABOUT_MEASURED_ON = (
    "Measured on {count:,} captions it was not trained on{use}. Point at a metric, tap it, or "
    "move to it with the Tab key, to see its definition."
)
ABOUT_MEASURED_USE = "; they only served to select the best epoch"
ABOUT_NOT_MEASURED = "This model’s report contains no metrics."
ABOUT_ALL = "All metrics and their definitions"
ABOUT_METRIC = "metric"
ABOUT_VALUE = "value"
ABOUT_MEANING = "definition"
ABOUT_OF = "{value} of {total}"
ABOUT_STD = "{value} ± {std}"
ABOUT_LABELS = {
    "reconstruction_exact": "reconstructed word for word",
    "reconstruction_bleu4": "BLEU-4 of reconstructions",
    "nll": "reconstruction loss (nats)",
    "kl": "information in a code (nats)",
    "active_units": "latent units in use",
}
ABOUT_CURVES = "How it was trained"
ABOUT_CURVES_INFO = (
    "One epoch is one pass over all training captions. At the end (epochs: {epochs}), "
    "reconstructing a validation caption costs {nll:.1f} nats (nll), and its code holds "
    "{kl:.1f} nats of information (kl). The weights are those of epoch {best}."
)
ABOUT_NO_CURVES = "This model’s report contains no training history."
CURVES = {
    "nll": "nll, nats",
    "kl": "kl, nats",
    "loss": "loss, nats",
    "active_units": "active units",
}
CURVE_EPOCH = "epoch"
CURVE_TRAINING = "training"
CURVE_VALIDATION = "validation"
ABOUT_LIMITS = "What it cannot do"
LIMITS = (
    "Words outside its vocabulary mean nothing to it; the page points them out.",
    "A sentence may come back changed from its code: other objects, numbers or colours.",
    "It does not know whether what it writes is true.",
    "Its output is for exploring, not for decisions about people.",
)
LIMITS_COCO = (
    "It writes short English captions in lower case, one sentence each, and nothing else. It "
    "has never seen an image.",
    "Its captions describe everyday photographs: it does well on sport, kitchens, streets and "
    "animals, and on little else.",
    "They represent people unevenly, men more often than women and in stereotyped settings "
    "(Zhao et al. 2017, Hendricks et al. 2018). The model reproduces this and may amplify it.",
)
LIMITS_OTHER = (
    "It writes single lines like those it was trained on, and nothing else.",
    "It reproduces the habits and prejudices of the text it was trained on.",
)
ABOUT_DATA = "Data and licence"
DATA_COCO = (
    "Trained on the captions of MS COCO, which people wrote for photographs (Lin et al. 2014, "
    "Chen et al. 2015), published by the COCO Consortium under CC BY 4.0. The weights contain "
    "none of these captions."
)
WEIGHTS_LICENSED = "The licence of the weights: {license}. The code is under the MIT licence."
WEIGHTS_OTHER = (
    "The licence of the weights is not recorded; ask the model’s author. The code is under the "
    "MIT licence."
)
DATA_OTHER = "The source of the training text is not recorded; ask the model’s author."
DATA_FROM = "Trained on the lines of {files}."
DATA_OF = {  # included models that are not trained on COCO
    "poems": "Trained on couplets of poems of the Tang dynasty (618 to 907), in traditional "
    "Chinese, which are in the public domain. The weights are under the MIT licence, as is the "
    "code.",
}
DATA_COUNTS = {  # by the unit that is never in both sets
    "image": "{train:,} for training and {validation:,} for validation; no image is in both "
    "sets.",
    "group": "{train:,} for training and {validation:,} for validation; no group of lines is "
    "in both sets.",
    "line": "{train:,} for training and {validation:,} for validation; no line is in both "
    "sets.",
}
DATA_FILTER = (
    "The label “in the training data” comes from a filter that stores no text. It recognises "
    "every training caption, and mistakes about {count:.1g} in 10,000 other captions for one."
)
CARD = "Full model card (in English)"
NO_SCENE = "“{model}” has no scenes; use the prior “standard”."
DEFINITIONS = definitions.DEFINITIONS
