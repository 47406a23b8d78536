"""Process-level facilities: devices, memory and imports."""
