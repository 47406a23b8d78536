"""The one exception that means "what you gave is wrong".

Everything that a user can cause and can put right is raised as `BadInput`, with a message that
names the argument, the value received and the way out. The commands print it as one line and
exit with 2; the page shows it as a notice. Any other exception is a fault of ours or of the
machine.
"""


class BadInput(ValueError):
    """An argument, a file or a setting that cannot be used as it is."""


class Unavailable(BadInput):
    """The input may be right, but the Hub, the network or the disk did not do its part.

    The same may work another time. The commands exit with 1.
    """
