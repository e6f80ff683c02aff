"""What a request is worth: whether it needs evidence, from where, and whose answer. Pure functions.

    question, vector ─▶ need         does it need fresh evidence at all?
                     └▶ collections  where would that be?
    request body     ─▶ demands ─▶ upstreams  who is the cheapest that will do?

Each decision says what it rests on; `explained.Decision` holds the three for a response.
"""
