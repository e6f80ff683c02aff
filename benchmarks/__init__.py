"""The harness that every published figure of this project comes from."""
