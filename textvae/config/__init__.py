"""Settings, validated on creation, and recipes."""
