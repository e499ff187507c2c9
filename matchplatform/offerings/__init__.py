"""供给项目库: what organizations can give, with its capacity and the area it reaches."""
