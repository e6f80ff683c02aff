"""Index views: dense and lexical, in memory, derived from the change log and disposable.

Open `live.py` first. The database leads; every file written here can be deleted at any time.
"""
