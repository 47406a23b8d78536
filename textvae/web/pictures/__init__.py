"""Results as pictures: the contents of a link, drawn for a card or to save."""
