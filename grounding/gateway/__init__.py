"""Between an application and its llm: evidence before the call, citations after it."""
