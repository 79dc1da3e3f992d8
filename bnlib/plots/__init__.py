"""Drawings of results on Matplotlib axes: nothing is computed here."""
