"""The MCP server: a thin face of a running service, for assistants that call tools.

    search, fetch, freshness      tools.py: one string in, one JSON value out
      operators.py                what a query says besides its question: no I/O
      ids.py, answers.py          names of what was found, and the JSON of answers: no I/O
    server.py, faces.py           the only files that know `mcp`: the tools, over stdio or HTTP

It asks the service over HTTP, with the client that programs use, and has no index of its own.
"""
