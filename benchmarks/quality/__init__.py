"""How good is what is found? Collections with judgements, measures, and other projects."""
