"""How fast the service is: one corpus, tuned baselines, and clients that cost little themselves."""
