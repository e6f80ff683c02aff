"""One file per question; each has `run(context) -> list[Figure]` and says in its first line what it
shows."""
