"""An llm's endpoint for tests: it says what it is told to, and remembers what it was sent."""
