"""Charts of the report: plain dictionaries for plotly.js, one module per kind of chart."""
