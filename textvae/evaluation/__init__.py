"""Evaluating a trained model on held-out captions."""
