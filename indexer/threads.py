"""How many threads numpy's linear algebra takes: one, as its matrices here are small.

A question multiplies a few hundred vectors with each other. Handing that to several threads takes
longer than the product, and far longer where other requests need the processor as well.
"""

from threadpoolctl import ThreadpoolController


def use_one_thread_for_numpy() -> None:
    """Set it for this process; what embeds and what searches vectors have threads of their own."""
    of_numpy = [
        library["filepath"]
        for library in ThreadpoolController().info()
        if library["user_api"] == "blas" and "numpy" in library["filepath"]
    ]
    ThreadpoolController().select(filepath=of_numpy).limit(limits=1)
