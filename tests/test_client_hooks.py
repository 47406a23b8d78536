"""Loading a model changes nothing for others in the process who use the Hub's client."""

import json

from hub_client import run, whole
from hubserver import HubServer

# A user of the client has a session, hooks and a log handler of their own, and works in one
# thread while others load models. Of two slow loads the one that begins first ends first, and
# one that fails begins and ends within them.
SHARED = """
import json, logging, sys, threading, time, warnings
import httpx2, huggingface_hub
from textvae.errors import BadInput
from textvae.hub import download

url = sys.argv[1]
heard, logged = [], []

def factory():
    hooks = {"response": [lambda response: heard.append(response.status_code)]}
    return httpx2.Client(event_hooks=hooks, headers={"X-User": "mine"})

huggingface_hub.set_client_factory(factory)
session = huggingface_hub.get_session()

class Handler(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())

logger = logging.getLogger("huggingface_hub")
logger.addHandler(Handler())
warnings.simplefilter("always")

def state():
    return (
        huggingface_hub.get_session() is session,
        {kind: list(hooks) for kind, hooks in session.event_hooks.items()},
        session.is_closed,
        huggingface_hub.logging.get_verbosity(),
        [list(handler.filters) for handler in logger.handlers],
        list(warnings.filters),
    )

def load(name):
    try:
        results[name] = download.fetch(name).folder.name
    except BadInput as error:
        results[name] = type(error).__name__

before, results = state(), {}
first, second = (
    threading.Thread(target=load, args=[name]) for name in ("hf://me/first", "hf://me/second")
)
first.start()
time.sleep(0.7)
second.start()
time.sleep(0.3)
during = []
while first.is_alive() or second.is_alive():
    if len(during) == 2:
        load("hf://me/none")
    response = huggingface_hub.get_session().get(f"{url}/overloaded")
    logger.warning("mine %d", response.status_code)
    during.append(response.status_code)
    time.sleep(0.05)
after = state()
print(json.dumps({
    "results": results,
    "statuses": sorted(set(during)),
    "num_during": len(during),
    "num_heard": heard.count(503),
    "num_logged": logged.count("mine 503"),
    "is_unchanged": before == after,
    "user_header": session.headers["X-User"],
}))
"""


def test_another_user_of_the_client_notices_nothing_of_loads_that_overlap(tmp_path):
    with HubServer() as server:
        commits = {name: server.add(name, whole()) for name in ("me/first", "me/second")}
        server.pace = 1.5
        server.fail["/overloaded"] = 503  # for which a load would give up
        done = run(SHARED, [server.url], server.url, tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    folders = {f"hf://{name}": commit for name, commit in commits.items()}
    assert found["results"] == {"hf://me/none": "BadInput", **folders}
    assert found["statuses"] == [503]
    assert found["num_heard"] == found["num_logged"] == found["num_during"] > 5
    assert found["is_unchanged"]
    assert found["user_header"] == "mine"
