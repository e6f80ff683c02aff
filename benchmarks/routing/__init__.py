"""What routing learns from, and how its data for measuring are put together."""
