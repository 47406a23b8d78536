"""A visitor without a browser that uses the page's own protocol, event by event.

It reads the page as a browser does, keeps the values of all boxes and panels, fires events with
them, follows the chains of events that these start, and receives answers on the session's
stream. Static files are not fetched.
"""

import asyncio
import html
import json
import re
import uuid
from typing import Any

import httpx

PATIENCE = 60.0  # seconds after which an answer counts as lost
API = "/gradio_api"
CONFIG = re.compile(r"window\.gradio_config = (\{.*?\});\s*</script>", re.DOTALL)


class Lost(Exception):
    """There was no answer, or not a valid one."""


class Full(Exception):
    """The queue was full, as reported by the page."""


class Browser:
    """One visit to the page at `client`'s address."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client, self.session, self.query = client, uuid.uuid4().hex[:11], ""
        self.values: dict[int, Any] = {}
        self.names: dict[str, int] = {}
        self.events: list[dict[str, Any]] = []
        self.maps: set[str] = set()  # the models whose map has been drawn

    async def open(self, query: str = "") -> None:
        """Load the page, and fire its load events."""
        self.query = query
        answer = await self.client.get(f"/?{query}" if query else "/")
        if answer.status_code != 200:
            raise Lost(f"the page: {answer.status_code}")
        found = CONFIG.search(answer.text)
        if not found:
            raise Lost("the page has no configuration")
        config = json.loads(found[1])
        self.events = config["dependencies"]
        for each in config["components"]:
            self.values[each["id"]] = each["props"].get("value")
            if each["props"].get("elem_id"):
                self.names[each["props"]["elem_id"]] = each["id"]
        for event in self.events:
            if any(name == "load" for _, name in event["targets"]):
                await self._run(event)

    def value(self, name: str) -> Any:
        """The value of a box or a panel."""
        return self.values[self.names[name]]

    def put(self, name: str, value: Any) -> None:
        """Type into a box."""
        self.values[self.names[name]] = value

    async def fire(self, name: str, what: str, data: Any = None) -> None:
        """Fire an event, such as a click, and all events that follow from it."""
        target = [self.names[name], what]
        event = next(each for each in self.events if target in each["targets"])
        await self._run(event, data)

    async def ask(self, name: str, function: str, argument: Any) -> Any:
        """Call a function of a panel, which bypasses the queue."""
        body = {"session_hash": self.session, "component_id": self.names[name]}
        body |= {"fn_name": function, "data": argument}
        return await self._post("component_server", body)

    def result(self, name: str) -> dict[str, Any]:
        """The content of the panel's download."""
        found = re.search('data-export="([^"]*)"', str(self.value(name)))
        if not found:
            raise Lost(f"{name} shows no result")
        result: dict[str, Any] = json.loads(html.unescape(found[1]))
        return result

    async def _run(self, event: dict[str, Any], data: Any = None) -> None:
        if event["backend_fn"]:
            body = {
                "data": [self.values.get(one) for one in event["inputs"]],
                "event_data": data,
                "fn_index": event["id"],
                "session_hash": self.session,
                "trigger_id": event["targets"][0][0] if event["targets"] else None,
            }
            run = self._at_once if event["queue"] is False else self._in_line
            for one, value in zip(event["outputs"], await run(body), strict=True):
                self._show(one, value)
        for following in self.events:
            if following["trigger_after"] == event["id"]:
                await self._run(following)

    def _show(self, component: int, value: Any) -> None:
        if not (isinstance(value, dict) and value.get("__type__") == "update"):
            self.values[component] = value
        elif "value" in value:
            self.values[component] = value["value"]

    async def _at_once(self, body: Any) -> list[Any]:
        answer: list[Any] = (await self._post(f"run/predict?{self.query}", body))["data"]
        return answer

    async def _in_line(self, body: Any) -> list[Any]:
        joined = await self._post(f"queue/join?{self.query}", body)
        try:
            async with asyncio.timeout(PATIENCE):
                output = await self._heard(joined["event_id"])
        except TimeoutError:
            raise Lost(f"no answer within {PATIENCE:.0f} seconds") from None
        answer: list[Any] = output["data"]
        return answer

    async def _heard(self, event_id: str) -> Any:
        address = f"{API}/queue/data?session_hash={self.session}"
        output = None
        async with self.client.stream("GET", address) as stream:
            async for line in stream.aiter_lines():
                said = json.loads(line[5:]) if line.startswith("data:") else {"msg": ""}
                if said["msg"] == "process_completed" and said["event_id"] == event_id:
                    if not said["success"]:
                        raise Lost(f"a failure: {str(said['output'])[:200]}")
                    output = said["output"]
                if said["msg"] == "close_stream":
                    break
        if output is None:
            raise Lost("the stream ended without an answer")
        return output

    async def _post(self, path: str, body: Any) -> Any:
        answer = await self.client.post(
            f"{API}/{path}", json=body, headers={"Origin": str(self.client.base_url)}
        )
        if answer.status_code in (429, 503):
            raise Full(answer.text[:200])
        if answer.status_code != 200:
            raise Lost(f"{path.partition('?')[0]}: {answer.status_code} {answer.text[:200]}")
        return answer.json()
