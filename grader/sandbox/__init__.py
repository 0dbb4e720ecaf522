"""Sandboxes: where a student's code runs and what it can reach there, one module an idea."""
