"""Embedders of the user's own: tuned on what is stored, or distilled to be fast."""
