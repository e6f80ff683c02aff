"""What must stand in the evidence as the answer says it: numbers, dates, names, quotations."""
