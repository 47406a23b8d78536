"""What a trained model is measured on, and by which metrics."""
