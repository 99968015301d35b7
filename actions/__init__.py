"""What the assistant says: thin actions over plain functions that read the live knowledge base."""
