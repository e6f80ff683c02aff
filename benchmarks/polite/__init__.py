"""Two hundred hosts on loopback, a day of polling them, and what they saw of us."""
