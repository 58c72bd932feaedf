"""The documentation is tested like code: what it names is there, and what it says of the code is what the code says."""
