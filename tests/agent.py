"""An agent that lists the tools of a page and calls some of them."""

CALLS = (
    ("generate", {"num_captions": 2, "seed": 5}),
    ("encode", {"captions": ["a dog", "a cat"]}),
    ("generate", {"num_captions": 99}),
    ("interpolate", {"first": "a dog", "last": "zqx"}),
)


async def visit(url, calls=CALLS):
    """The tools that an agent finds at the address of an MCP server, and its answers."""
    from mcp import ClientSession  # takes a second, and every test process imports this module
    from mcp.client.streamable_http import streamable_http_client

    async with (
        streamable_http_client(url) as (read, write, _),
        ClientSession(read, write) as it,
    ):
        await it.initialize()
        tools = (await it.list_tools()).tools
        answers = [await it.call_tool(name, arguments) for name, arguments in calls]
    return {
        "tools": {tool.name: [tool.description, tool.inputSchema] for tool in tools},
        "answers": [[answer.isError, answer.content[0].text] for answer in answers],
    }
