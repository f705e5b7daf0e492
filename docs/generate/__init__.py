"""The parts of the site that are made from the source: protocol, API, support matrix, excerpts."""
