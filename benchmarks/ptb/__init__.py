"""The Penn Treebank: our language model and VAE compared with published results."""
