"""Results as pictures: what a link shows, drawn for a card or to be saved."""
