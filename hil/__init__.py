"""Hardware in the loop: the only package that touches a port."""
