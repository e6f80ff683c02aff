"""Receipts that prove: chained, signed, verified without the service, replayed and compared."""
