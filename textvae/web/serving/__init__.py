"""What stands between the network and Gradio: what is let in, and how it is answered."""
