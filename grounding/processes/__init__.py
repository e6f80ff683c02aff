"""Several serving processes on one address: who starts them, and what they tell each other."""
