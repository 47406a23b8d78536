"""The process: devices, memory and imports."""
