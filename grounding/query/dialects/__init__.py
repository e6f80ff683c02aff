"""One list of evidence, said to each kind of endpoint as that kind takes it: a file each."""
