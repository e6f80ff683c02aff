"""What a question says about itself: what is to be matched literally, and when. Pure functions."""
