"""Files of the index and of the site, archives, data sets, git and releases."""
