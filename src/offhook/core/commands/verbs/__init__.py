"""The verbs: one module each, with the schema, the decisions and the phrase for timelines."""
