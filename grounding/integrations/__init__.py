"""Retrievers for LangChain, LlamaIndex and Haystack, each in a file of its own.

Each takes the address of a running service, or a ready client, and the options of a search. What
the service refuses, or that it cannot be reached, is raised as a `GroundingError`.
"""
