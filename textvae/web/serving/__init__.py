"""Between the network and Gradio: validation of requests, and responses."""
