"""The HTML report of an evaluation, and the page of training curves, one file each."""
