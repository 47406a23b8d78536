"""Exporting models for other programs: as ONNX or as a TensorFlow SavedModel."""
