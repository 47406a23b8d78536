"""A model for other programs: as ONNX, and as a SavedModel of TensorFlow's."""
