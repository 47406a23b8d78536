"""The network: integers in, tensors out, without strings."""
