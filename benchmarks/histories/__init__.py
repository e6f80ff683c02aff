"""Random histories, and what may be seen of them at any two instants, told without the service.

    generate ─▶ happenings ─┬─▶ stage: a real service ─────▶ answer ──┐
                            └─▶ account ─▶ reference ─▶ expectation ──┴─▶ compare

`happenings`, `account` and `reference` share no code with the service: they are the contract in
plain Python over a list of what happened. All they learn from it is when each change was stored.
"""
