"""The language: text in, graph out."""
