"""Uploading distributions to an index: what to send, as whom, and what the answer means."""
