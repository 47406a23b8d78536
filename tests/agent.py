"""`python tests/agent.py URL [CALLS]`: an agent lists the tools of a page and uses some."""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

CALLS = (
    ("generate", {"num_captions": 2, "seed": 5}),
    ("encode", {"captions": ["a dog", "a cat"]}),
    ("generate", {"num_captions": 99}),
    ("interpolate", {"first": "a dog", "last": "zqx"}),
)


async def visit(url, calls):
    async with streamablehttp_client(url) as (read, write, _), ClientSession(read, write) as it:
        await it.initialize()
        tools = (await it.list_tools()).tools
        answers = [await it.call_tool(name, arguments) for name, arguments in calls]
    return {
        "tools": {tool.name: [tool.description, tool.inputSchema] for tool in tools},
        "answers": [[answer.isError, answer.content[0].text] for answer in answers],
    }


given = json.loads(sys.argv[2]) if len(sys.argv) > 2 else CALLS
print(json.dumps(asyncio.run(visit(sys.argv[1], given))))
