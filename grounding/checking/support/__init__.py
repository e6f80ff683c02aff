"""How far evidence bears a claim out: aligned words and meaning, weighed; and judges that read."""
