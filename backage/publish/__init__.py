"""What leaves the program and comes back to it: the files of an index, archives, commits, releases."""
