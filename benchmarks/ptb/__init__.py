"""The Penn Treebank: our language model and VAE beside what has been published."""
