"""Requirements as people write them down."""
