"""The geometry of the latent space."""
