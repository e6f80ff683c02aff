"""Addresses that a fetcher must not connect to, and ways to make it."""
