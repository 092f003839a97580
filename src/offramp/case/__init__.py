"""The case: one standoff, stated, validated, kept as YAML, with every judgement tied to its evidence."""
