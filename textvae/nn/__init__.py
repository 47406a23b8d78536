"""The network: ids and integers in, tensors out; it never sees a string."""
