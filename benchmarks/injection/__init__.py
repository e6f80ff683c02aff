"""Attacks planted into documents, tricks of delimiters and Unicode, and what is left of them."""
