"""Report: a `Brief` shown as one HTML file or as a few lines in the terminal. Thin: it computes no forecast."""
