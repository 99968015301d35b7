"""Pages and questions of an existing library, made into guide and FAQ files."""
