"""Results as HTML and as plots: what the visitor sees, made without Gradio.

Each tab has a module of its name here, and the others are the parts that they share. Whatever a
visitor or a model wrote passes through `markup.escape`.
"""
