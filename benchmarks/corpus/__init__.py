"""Reading every recorded file through the connectors, and judging what came of it."""
