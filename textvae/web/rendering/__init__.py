"""Results as HTML and plots for the visitor, made without Gradio.

Each tab has a module of its name here; the others are shared parts. All text of visitors and
models passes through `markup.escape`.
"""
