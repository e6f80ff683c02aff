"""Check an answer against its evidence: claim by claim, to the number, and at an instant."""
