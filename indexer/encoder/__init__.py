"""Encoders of the BERT family on processors: ONNX Runtime over a graph that is written here.

    config files ─▶ recipe ─▶ graph ─┐
    weights, mapped ─────────────────┴▶ session ─▶ embedder ─▶ checked by known answers

Open `load.py` first. Neither torch nor transformers is imported, but where answers are not known.
"""
