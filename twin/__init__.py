"""A digital twin of a small smart grid."""
