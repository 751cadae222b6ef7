"""What makes documents, drawings and examples; not shipped."""
