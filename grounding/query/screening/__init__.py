"""What of the evidence found may be shown: screened for orders to the llm, and for content."""
