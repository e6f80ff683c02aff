"""Sources that are built to exhaust whoever reads them."""
