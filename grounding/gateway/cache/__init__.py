"""Answers that are given again, exactly as long as the evidence they rest on is unchanged."""
