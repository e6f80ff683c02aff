"""Claims with evidence and the labels that people gave them, and what is measured on them."""
