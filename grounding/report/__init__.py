"""What a prompt was made of, what was answered, and what has become of it: for people to read."""
