"""The report of an evaluation: one page of HTML with all that it needs inside."""
