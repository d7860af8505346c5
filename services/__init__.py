"""Five independent services. None imports another; they meet in `contracts` alone."""
