"""`grounding demo`: a small changing world, the real service reading it, and what a prompt gains.

content ─▶ world (site, folder) ◀─ HTTP, files ─ service (`grounding up`, own process)
              │ change at t0                         ▲ search every few ms
              └──────────── pipeline: t1 - t0 ───────┘ ─▶ screen or JSON
"""


def run_demo(*, keep: bool, llm: bool, as_json: bool) -> int:
    """Run the whole demonstration and return the exit code: 0 only if every change got through.

    keep: afterwards leave the service and its world running until interrupted.
    llm: also have a small llm answer a question without evidence and with it.
    as_json: print one JSON object on standard output, and nothing else there.
    """
    from grounding.demo.pipeline import demonstrate

    return demonstrate(keep=keep, llm=llm, as_json=as_json)
