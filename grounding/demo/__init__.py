"""`grounding demo`: a small changing world, the real service reading it, and what a prompt gains.

content ─▶ world (site, folder) ◀─ HTTP, files ─ service (`grounding up`, own process)
              │ change at t0                         ▲ search every few ms
              └──────────── pipeline: t1 - t0 ───────┘ ─▶ screen or JSON
"""


def run_demo(*, keep: bool, as_json: bool) -> int:
    """Run the whole demonstration and return the exit code: 0 only if every change got through.

    keep: afterwards leave the service and its world running until interrupted.
    as_json: print one JSON object on standard output, and nothing else there.
    """
    from grounding.demo.pipeline import demonstrate

    return demonstrate(keep=keep, as_json=as_json)
